"""Whatever the admin's pages and mails say, they say in every language."""

import re
from collections.abc import Iterator

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings

from tests.languages.catalogs import LANGUAGES, MODULES, catalog_of, holes, path_of, said

TAG = re.compile(r"</?\w+[^>]*>")


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form, and what it translates; a singular may leave its number out."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from ((message.id[1], str(form)) for form in message.string or ())


def texts(catalog: Catalog) -> dict[str, list[str]]:
    """What each message is translated with; Babel keeps plurals now as a list, now as a tuple."""
    return {
        next(iter(pairs(message)))[0]: [text for _, text in pairs(message)]
        for message in catalog
        if message.id
    }


def test_every_word_that_is_marked_is_found() -> None:
    """An import under another name would not be."""
    aliases = [
        (path, line)
        for path in MODULES
        for line in path.read_text().splitlines()
        if line.startswith("from")
        and "gettext" in line
        and not re.search(r"import n?gettext(_lazy)?( as _)?$", line)
    ]
    assert aliases == []


def test_every_language_that_is_offered_has_a_catalog() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(language: str) -> None:
    catalog = catalog_of(language)
    wanted = {(message.id, message.context) for message in said() if message.id}

    known = {(message.id, message.context) for message in catalog if message.id}
    empty = [message.id for message in catalog if not all(text for _, text in pairs(message)) and message.id]

    assert known == wanted, "run: python -m tests.languages.catalogs"
    assert empty == []
    assert [message.id for message in catalog if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_and_marked_up_is_the_same(language: str) -> None:
    for message in catalog_of(language):
        for english, translated in pairs(message) if message.id else ():
            missing = holes(english) ^ holes(translated)
            assert not missing or (isinstance(message.id, tuple) and holes(translated) < holes(english)), (
                english
            )
            assert sorted(TAG.findall(english)) == sorted(TAG.findall(translated)), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalog_is_that_of_the_words(language: str) -> None:
    with path_of(language).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)

    assert texts(compiled) == texts(catalog_of(language))
