"""What somebody sent after their sign-in had ended: sealed into the new session, and shown again once they are back."""

import base64
import json

from django.core import signing
from django.http import HttpRequest

from portal.lib.crypto import box

SESSION_KEY = "kept"
PLACE = "session.kept"
LARGEST = 20_000
OURS = ("csrfmiddlewaretoken", "typed_by")


def keep(request: HttpRequest) -> None:
    """Keep the posted values for the page and the person they belong to; a very large form is not kept."""
    try:
        person = signing.loads(request.POST.get("typed_by", ""), salt=PLACE)
    except signing.BadSignature:
        return
    values = {name: value for name, value in request.POST.items() if name not in OURS}
    text = json.dumps({"path": request.path, "person": person, "values": values})
    if len(text) <= LARGEST:
        request.session[SESSION_KEY] = base64.b64encode(box().seal(text, PLACE)).decode()


def signature(person_id: int) -> str:
    """For a form's hidden field `typed_by`: whose typing it is, even after their sign-in has ended."""
    return signing.dumps(person_id, salt=PLACE)


def take(request: HttpRequest) -> dict[str, str] | None:
    """The values kept for this page, once; somebody else's are forgotten."""
    sealed = request.session.get(SESSION_KEY)
    if not sealed:
        return None
    kept = json.loads(box().open(base64.b64decode(sealed), PLACE))
    if kept["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    values: dict[str, str] = kept["values"]
    return values if kept["person"] == request.user.pk else None
