"""A call before it is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote

from onboarding.bill.pacing import Toll
from onboarding.bill.redaction import sensitive_values
from onboarding.bill.sessions import Secret


class Headers(dict[str, str | Secret]):
    """Who calls; `organization_id` is the organization that BILL counts the call for, if it is about one."""

    def __init__(self, headers: Mapping[str, str | Secret], organization_id: str = "") -> None:
        super().__init__(headers)
        self.organization_id = organization_id


@dataclass(frozen=True, slots=True)
class Message:
    """One call to be made. Secrets stay wrapped until the bytes are written."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    params: Mapping[str, str | Secret] | None = field(default=None, repr=False)
    # The events API has an address of its own beside the one of all other calls.
    events: bool = False
    answers_secret: bool = False

    @property
    def has_session(self) -> bool:
        """Whether the call is made inside a session."""
        return "sessionId" in self.headers

    @property
    def toll(self) -> Toll:
        """What the call counts for; a login names its key in the body."""
        given = {**self.headers, **(self.body or {})}
        key = next((name for name in ("appKey", "devKey") if name in given), "")
        return Toll(self.operation, key, getattr(self.headers, "organization_id", ""))

    def payload(self) -> dict[str, object] | None:
        """The body without what is secret, as plain JSON; amounts are texts in it."""
        return None if self.body is None else _without_secrets(self.body)

    def secrets(self) -> set[str]:
        """Every value that must not be read in what is kept of the answer."""
        wrapped = {secret.reveal() for secret in _secrets((self.headers, self.params, self.body))}
        return wrapped | sensitive_values(self.body)


def _without_secrets(source: Mapping[str, object]) -> dict[str, object]:
    return {key: _plain(value) for key, value in source.items() if not isinstance(value, Secret)}


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return _without_secrets(value)
        case list() | tuple():
            return [_plain(item) for item in value if not isinstance(item, Secret)]
        case Decimal():
            return str(value)
        case _:
            return value


def _secrets(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        yield from _secrets(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets(item)


def path_of(*parts: str) -> str:
    """A path in which ids cannot act as separators or as steps upwards."""
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError("An id must not be empty, nor made of dots.")
    return "/" + "/".join(quote(part, safe="") for part in parts)
