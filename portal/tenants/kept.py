"""What somebody sent after their sign-in had ended: sealed into the new session, and shown again once they are back."""

import base64
import json

from django.http import HttpRequest

from portal.lib.crypto import box

SESSION_KEY = "kept"
PLACE = "session.kept"
LARGEST = 20_000


def keep(request: HttpRequest) -> None:
    """Keep the posted values for the page they were meant for; a very large form is not kept."""
    values = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    text = json.dumps({"path": request.path, "values": values})
    if len(text) <= LARGEST:
        request.session[SESSION_KEY] = base64.b64encode(box().seal(text, PLACE)).decode()


def take(request: HttpRequest) -> dict[str, str] | None:
    """The values kept for this page, once."""
    sealed = request.session.get(SESSION_KEY)
    if not sealed:
        return None
    kept = json.loads(box().open(base64.b64decode(sealed), PLACE))
    if kept["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    values: dict[str, str] = kept["values"]
    return values
