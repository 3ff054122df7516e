"""What browsers keep for good has the hash of its content in its name, and travels compressed."""

import gzip
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from portal.lib import static

pytestmark = pytest.mark.django_db(transaction=True)


def test_files_of_a_page_are_named_by_content_and_kept_for_good() -> None:
    read = Client().get(reverse("account_login")).content.decode()

    files = set(re.findall(r'"(/static/[^"]+)"', read))

    assert len(files) >= 5
    for address in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), address
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
        assert b"".join(answer) == (settings.STATIC_ROOT / address.removeprefix("/static/")).read_bytes()


def test_what_is_there_is_not_written_again() -> None:
    def written() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in settings.STATIC_ROOT.rglob("*")}

    before = written()

    static.collect()

    assert before
    assert written() == before


def test_text_travels_compressed() -> None:
    read = Client().get(reverse("account_login")).content.decode()
    (css,) = re.findall(r'"(/static/portal\.[^"]+\.css)"', read)

    plain = b"".join(Client().get(css))
    packed = Client().get(css, headers={"accept-encoding": "gzip"})

    body = b"".join(packed)
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    assert len(body) < len(plain) / 3
