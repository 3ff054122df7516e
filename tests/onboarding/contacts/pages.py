"""The admin's pages as tests walk them."""

import html
import re
from typing import Any

from django.test import Client

from tests.onboarding.views.html import form_of, page


def shown(response: Any) -> str:
    """The text of a page, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", response.content.decode())))


def fill(admin: Client, path: str, **given: str) -> Any:
    """Read a page and send its form with these values."""
    form = {name: text for name, text in form_of(admin.get(path)).items() if text}
    return admin.post(path, {**form, **{name: text for name, text in given.items() if text}})


def read_details(admin: Client, **said: str) -> Any:
    """Find right what is shown, but for what is said to be wrong."""
    return fill(admin, "/company/details/", **said)


def agree(admin: Client, consent: str = "on") -> Any:
    """As whoever comes to it: what was entered is read first."""
    read_details(admin)
    answer = fill(admin, "/company/terms/", terms="on", consent=consent)
    assert answer.status_code == 302, page(answer).source
    return answer


def decide(admin: Client, how_long: str, until: str = "", device: str = "") -> Any:
    answer = fill(admin, "/company/permission/", how_long=how_long, until=until, device=device)
    assert answer.status_code == 302, page(answer).source
    return answer
