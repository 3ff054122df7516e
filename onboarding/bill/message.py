"""A call before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from onboarding.bill.redaction import sensitive_values
from onboarding.bill.sessions import Secret


@dataclass(frozen=True, slots=True)
class Message:
    """One call to be made. Secrets in `headers` and `body` stay wrapped until the bytes are written."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    opens_session: bool = False

    @property
    def has_session(self) -> bool:
        """Whether the call is made inside a session."""
        return "sessionId" in self.headers

    def payload(self) -> dict[str, object] | None:
        """The body without what is secret."""
        if self.body is None:
            return None
        return {key: value for key, value in self.body.items() if not isinstance(value, Secret)}

    def secrets(self) -> set[str]:
        """Every value that must not be read in what is kept of the answer."""
        wrapped = (*self.headers.values(), *(self.body or {}).values())
        return {value.reveal() for value in wrapped if isinstance(value, Secret)} | sensitive_values(
            self.body
        )


def path_of(*parts: str) -> str:
    """A path in which ids cannot act as separators or as steps upwards."""
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError("An id must not be empty, nor made of dots.")
    return "/" + "/".join(quote(part, safe="") for part in parts)
