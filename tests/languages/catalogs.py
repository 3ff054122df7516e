"""The catalogs of the admin's pages and mails: what there is to say, and what each language says.

After words were added or changed, run
    .venv/bin/python -m tests.languages.catalogs
which adds what is new to each catalog, drops what nobody says any more, and compiles them. Then translate what is empty
in onboarding/locale/*/LC_MESSAGES/django.po, and run it again.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "onboarding" / "locale"
LANGUAGES = ("es", "ar")
TEMPLATES = ROOT / "templates" / "onboarding" / "contacts"
MODULES = [path for path in sorted((ROOT / "onboarding").rglob("*.py")) if "gettext" in path.read_text()]
KEYWORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
HOLE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def said() -> Catalog:
    """Everything that pages and mails say, in English."""
    catalog = Catalog(charset="utf-8")
    for path, source in _sources():
        for line, message, _, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            catalog.add(message, locations=[(path, line)], context=context)
    return catalog


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted(TEMPLATES.rglob("*.*")):
        if path.suffix in (".html", ".txt"):
            # In brackets, so that its indentation means nothing.
            yield str(path.relative_to(ROOT)), f"({templatize(path.read_text())}\n)"
    for path in MODULES:
        yield str(path.relative_to(ROOT)), path.read_text()


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalog_of(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def holes(text: str) -> set[str]:
    """The names that are filled in."""
    return {one or other for one, other in HOLE.findall(text)}


def update(language: str) -> int:
    """Bring one catalog up to date; how many messages it still lacks."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = catalog_of(language) if path.exists() else Catalog(locale=language)
    catalog.update(said(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalog, width=0, omit_header=False, no_location=True, sort_output=True)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    return sum(not all(_texts(message.string)) for message in catalog if message.id)


def _texts(string: object) -> tuple[str, ...]:
    return tuple(map(str, string)) if isinstance(string, tuple | list) else (str(string or ""),)


if __name__ == "__main__":
    for one in LANGUAGES:
        print(f"{one}: {update(one)} to translate")
