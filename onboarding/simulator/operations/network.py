"""Searching the network: organizations at BILL, and national vendors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain, islice

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.connections import network_id
from onboarding.simulator.errors import refusal
from onboarding.simulator.lists import asked_once
from onboarding.simulator.route import Route
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Answer, Json

BILL, RPPS = "BILL", "RPPS"
SCOPES = {BILL: (BILL,), RPPS: (RPPS,), "both": (BILL, RPPS)}
SHORTEST_NAME = 3
WORD = re.compile(r"\w+")
ACCOUNT_NUMBER = re.compile(r"[0-9A-Za-z-]{1,40}")


@dataclass(frozen=True)
class NationalVendor:
    """`digits` are the lengths of the account numbers that it gives to its customers."""

    network_id: str
    name: str
    city: str
    state: str
    zip_code: str
    digits: tuple[int, ...]

    def shown(self) -> Json:
        address = {
            "line1": "PO Box 1000",
            "city": self.city,
            "stateOrProvince": self.state,
            "zipOrPostalCode": self.zip_code,
            "country": "US",
        }
        return {"networkId": self.network_id, "name": self.name, "address": address, "networkType": RPPS}


NATIONAL_VENDORS = (
    NationalVendor("0rv01GOLDENSTATEPOWxa", "Golden State Power", "San Francisco", "CA", "94105", (8, 10)),
    NationalVendor("0rv01PACIFICWATERWOxb", "Pacific Water Works", "Sacramento", "CA", "95814", (7, 8)),
    NationalVendor("0rv01NATIONALTELEPHxc", "National Telephone", "Dallas", "TX", "75201", (10, 13)),
    NationalVendor("0rv01EVERYWHERECABLxd", "Everywhere Cable", "Denver", "CO", "80202", (16,)),
    NationalVendor("0rv01COASTALGASCOMPxe", "Coastal Gas Company", "Boston", "MA", "02110", (8, 12)),
)


def search_network(call: Call) -> Answer:
    asked = asked_once(call)
    name = asked.get("name", "").strip()
    if not name:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1108", "name")
    if len(name) < SHORTEST_NAME or not WORD.search(name):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1129", "name", name)
    number = asked.get("accountNumber", "")
    if number and not ACCOUNT_NUMBER.fullmatch(number):
        # The number itself stays out of the message.
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1129", "accountNumber", "not an account number")
    scopes = scopes_asked(call, asked.get("scope", ""))
    found = chain(
        organizations(call, name) if BILL in scopes else (),
        national_vendors(name, number) if RPPS in scopes else (),
    )
    zip_code = asked.get("zipOrPostalCode", "")
    near = (one for one in found if not zip_code or one["address"]["zipOrPostalCode"] == zip_code)
    return call.answer({"results": list(islice(near, call.world.settings.network_results))})


def scopes_asked(call: Call, scope: str) -> tuple[str, ...]:
    chosen = scope or call.world.settings.network_scope_absent
    if chosen not in SCOPES or scope == "both":
        code = "BDC_1129" if scope else "BDC_1108"
        raise refusal(HTTPStatus.BAD_REQUEST, code, "scope", scope)
    return SCOPES[chosen]


def organizations(call: Call, name: str) -> Iterator[Json]:
    """Those of every partner in whose name all the words stand as words."""
    wanted = WORD.findall(name.casefold())
    longest = max(wanted, key=len)
    for one in call.world.store.stream("organization", containing=longest):
        if set(wanted) <= set(WORD.findall(one.label)):
            yield described(one)


def described(organization: Record) -> Json:
    body = organization.body
    return {
        "networkId": network_id(organization),
        "name": body["name"],
        "address": body["address"],
        "networkType": BILL,
    }


def national_vendors(name: str, account_number: str) -> Iterator[Json]:
    """A part of the name is enough; with an account number, those that give out numbers of its length."""
    for one in NATIONAL_VENDORS:
        if name.casefold() in one.name.casefold() and (
            not account_number or len(account_number) in one.digits
        ):
            yield one.shown()


ROUTES: tuple[Route, ...] = (
    Route("GET", "/v3/network", "search_network", Access.ORGANIZATION, search_network),
)
