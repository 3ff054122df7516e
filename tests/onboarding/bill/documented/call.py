from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from onboarding.bill.client import BillClient
from tests.onboarding.bill.wire import APP_KEY, CHILD, DEV_KEY, PARTNER

AS_PARTNER = {"sessionid": PARTNER.id.reveal(), "appkey": APP_KEY}
AS_CHILD = {"sessionid": CHILD.id.reveal(), "devkey": DEV_KEY}
OF_ORGANIZATION = {**AS_PARTNER, "organizationid": "00801ORG"}
CALLER_HEADERS = ("sessionid", "appkey", "devkey", "organizationid", "x-idempotent-key")

ADDRESS = {
    "line1": "1 Main St",
    "line2": "Suite 2",
    "city": "San Jose",
    "stateOrProvince": "CA",
    "zipOrPostalCode": "95002",
    "country": "US",
}
CREATED, UPDATED = "2024-12-20T22:16:27.000+00:00", "2024-12-21T08:00:00.000+00:00"


@dataclass(frozen=True)
class Documented:
    """A call as BILL documents it: what goes out, what comes back and what that means."""

    use: Callable[[BillClient], object]
    sent: str
    headers: Mapping[str, str] = field(repr=False)
    answer: object = field(repr=False)
    result: object = field(repr=False)
    body: object = field(default=None, repr=False)
    # Where the answer may not be empty, as paths without positions.
    needs: tuple[str, ...] = field(default=(), repr=False)
    bill_id: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    base: str = "/connect"

    @property
    def is_read(self) -> bool:
        return self.sent.startswith("GET ")

    def __str__(self) -> str:
        return self.sent.replace("/v3/", "")


def spoiled(
    document: object, change: Callable[[dict[str, object], str], object]
) -> Iterator[tuple[str, object]]:
    """The path of each value in the document, and the document with that value changed."""
    for where, path in _places(document):
        yield path, _with(document, where, change)


def _places(value: object, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            here = (*where, key)
            yield here, ".".join(str(part) for part in here if not isinstance(part, int))
            yield from _places(inner, here)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _places(inner, (*where, position))


def _with(
    value: object, where: tuple[str | int, ...], change: Callable[[dict[str, object], str], object]
) -> object:
    if isinstance(value, list):
        return [_with(item, where[1:], change) if at == where[0] else item for at, item in enumerate(value)]
    assert isinstance(value, dict)
    copy = dict(value)
    if len(where) == 1:
        change(copy, str(where[0]))
    else:
        copy[str(where[0])] = _with(copy[str(where[0])], where[1:], change)
    return copy


def with_strange_fields(value: object) -> object:
    """The document with fields in it, at every depth, that nobody documents."""
    if isinstance(value, dict):
        return {
            **{key: with_strange_fields(item) for key, item in value.items()},
            "zzNew": {"a": [1.5, None]},
        }
    return [with_strange_fields(item) for item in value] if isinstance(value, list) else value
