"""When a payment may begin."""

from datetime import date, datetime, timedelta
from http import HTTPStatus

from onboarding.simulator.call import Call
from onboarding.simulator.errors import Refusal, refusal
from onboarding.simulator.operations import vendors
from onboarding.simulator.shapes import is_date
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json

DATED_FUNDING = ("WALLET", "AP_CARD")
VENDOR_ACCOUNT_DAYS = 2
SATURDAY = 5
FURTHEST = timedelta(days=10 * 366)


def chosen(call: Call, sent: Json, vendor: Record) -> str:
    """The date that was asked for, if it is possible; without one the earliest."""
    today = call.world.clock.now().date()
    earliest = today + timedelta(days=call.world.settings.earliest_process_days)
    usable = vendor_account_usable(call, vendor, today)
    asked: str | None = sent.get("processDate")
    if asked is None:
        if sent["fundingAccount"]["type"] in DATED_FUNDING:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "processDate")
        return str(next_business_day(max(earliest, usable)))
    if not is_date(asked) or not earliest <= date.fromisoformat(asked) <= today + FURTHEST:
        raise invalid_process_date(call, asked)
    if date.fromisoformat(asked) < usable:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1402", asked)
    return asked


def invalid_process_date(call: Call, asked: str) -> Refusal:
    return refusal(call.world.settings.process_date_status, "BDC_1152", asked)


def vendor_account_usable(call: Call, vendor: Record, today: date) -> date:
    """A bank account of a vendor is not verified before two business days have passed."""
    if not call.world.settings.vendor_account_waits or not vendors.bank_details_of(vendor):
        return today
    added = datetime.fromisoformat(vendor.body["createdTime"]).date()
    if today >= business_days_after(added, VENDOR_ACCOUNT_DAYS):
        return today
    return business_days_after(today, VENDOR_ACCOUNT_DAYS)


def business_days_after(day: date, number: int) -> date:
    for _ in range(number):
        day = next_business_day(day + timedelta(days=1))
    return day


def next_business_day(day: date) -> date:
    """This day, unless it is a Saturday or Sunday; bank holidays are not known here."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day
