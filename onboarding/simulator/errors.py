"""BILL's error answers: an array of entries, each with a BDC code."""

import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from onboarding.simulator.clock import timestamp
from onboarding.simulator.wire.messages import Answer, json_answer

# code -> (category, message); ${paramNameN} is filled from the problem's values.
CATALOGUE = {
    "BDC_1001": ("SERVER", "System error occurred."),
    "BDC_1002": ("REQUEST", "Unknown error occurred."),
    "BDC_1101": ("REQUEST", "User name and/or password do not match our records."),
    "BDC_1102": ("REQUEST", "Developer key is invalid."),
    "BDC_1108": ("REQUEST", "Missing parameter value for parameter: ${paramName0}."),
    "BDC_1109": ("DOWNSTREAM", "Session is invalid.  Please log in."),
    "BDC_1111": ("APPLICATION", "No active user for: ${paramName0}, ${paramName1}."),
    "BDC_1117": ("REQUEST", "Missing required data for: ${paramName0}."),
    "BDC_1119": ("REQUEST", "Invalid field,value: ${paramName0}, ${paramName1}."),
    "BDC_1120": ("APPLICATION", "No data found."),
    "BDC_1121": ("REQUEST", "API not supported."),
    "BDC_1122": ("REQUEST", "Error Parsing Json Object. Please check your request."),
    "BDC_1123": ("REQUEST", "Invalid organization id."),
    "BDC_1124": ("REQUEST", "Invalid field datatype: ${paramName0}."),
    "BDC_1129": ("REQUEST", "Invalid parameter value for parameter,value: ${paramName0}, ${paramName1}."),
    "BDC_1130": ("REQUEST", "Invalid list filter field: ${paramName0}."),
    "BDC_1131": ("REQUEST", "Invalid list filter operator: ${paramName0}."),
    "BDC_1144": ("APPLICATION", "Max number of requests allowed per hour reached: ${paramName0}."),
    "BDC_1150": ("APPLICATION", "The role of the user does not permit this operation."),
    "BDC_1152": ("APPLICATION", "Invalid Process Date : ${paramName0}."),
    "BDC_1159": ("APPLICATION", "Cannot overpay a bill."),
    "BDC_1205": ("APPLICATION", "Object with id: ${paramName0} does not exist."),
    "BDC_1322": ("APPLICATION", "Max concurrent requests per organization reached: ${paramName0}."),
    "BDC_1358": ("APPLICATION", "Too many MFA token attempts."),
    "BDC_1361": ("APPLICATION", "Untrusted session."),
    "BDC_1374": ("APPLICATION", "MFA token has expired."),
    "BDC_1402": ("APPLICATION", "Choose a process date two business days from now."),
    "BDC_5324": ("APPLICATION", "Mfa action blocked."),
}
PLACEHOLDER = re.compile(r"\$\{paramName(\d)\}")
SHOWN_VALUE = 80


@dataclass(frozen=True)
class Problem:
    code: str
    values: tuple[str, ...] = ()
    message: str = ""


class Refusal(Exception):
    """BILL says no: an HTTP status and one or several problems."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(status, *(problem.code for problem in problems))
        self.status = status
        self.problems = problems


def refusal(status: int, code: str, *values: str, message: str = "") -> Refusal:
    return Refusal(status, Problem(code, values, message))


def session_invalid() -> Refusal:
    return refusal(HTTPStatus.UNAUTHORIZED, "BDC_1109")


def not_found(identifier: str) -> Refusal:
    return refusal(HTTPStatus.NOT_FOUND, "BDC_1205", identifier)


def error_answer(refused: Refusal, *, now: datetime, filled: bool = True) -> Answer:
    """The error array; `filled` off leaves ${paramName0} in the messages, as BILL sometimes does."""
    entries = []
    for problem in refused.problems:
        category, message = CATALOGUE.get(problem.code, ("APPLICATION", "Unknown error occurred."))
        values = [value[:SHOWN_VALUE] for value in problem.values]
        message = problem.message or (fill(message, values) if filled else message)
        entries.append(
            {
                "timestamp": timestamp(now),
                "code": problem.code,
                "severity": "ERROR",
                "category": category,
                "message": message,
                "params": {f"paramName{number}": value for number, value in enumerate(values)},
            }
        )
    return json_answer(refused.status, entries)


def fill(message: str, values: list[str]) -> str:
    def value_for(match: re.Match[str]) -> str:
        number = int(match[1])
        return values[number] if number < len(values) else ""

    return PLACEHOLDER.sub(value_for, message)
