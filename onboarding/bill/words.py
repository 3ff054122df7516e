"""BILL's codes in words that a person can act on."""

import re

from onboarding.bill.errors import Problem

_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_LOOSE_END = re.compile(r"[\s:,;]+(?=[.!?]|$)")

_SENTENCES = {
    "BDC_1001": "BILL has an internal error; try again later, and contact BILL if it stays.",
    "BDC_1002": "BILL does not understand part of the request; check the values and send again.",
    "BDC_1101": "The username and the password do not match; enter them again in the connection's settings.",
    "BDC_1102": "BILL does not know this developer key; check the keys in the connection's settings.",
    "BDC_1103": "The developer key is not active; ask BILL to activate it.",
    "BDC_1104": "BILL's developer terms are not accepted yet; accept them in BILL's developer pages.",
    "BDC_1106": "The organization belongs to another type of partner; check the connection's settings.",
    "BDC_1107": "The organization is locked at BILL; contact BILL to unlock it.",
    "BDC_1108": "BILL needs a value that is missing; fill it in and send again.",
    "BDC_1109": "The session with BILL has ended; sign in again.",
    "BDC_1110": "Sign-in is locked after failed tries; wait, or ask BILL to unlock it.",
    "BDC_1111": "BILL finds no active user of this name; check the username, or restore the user.",
    "BDC_1113": "BILL cannot sign in with these credentials; check the connection's settings.",
    "BDC_1117": "BILL needs a value that is missing; fill it in and send again.",
    "BDC_1119": "BILL does not accept one of the values; correct it and send again.",
    "BDC_1120": "BILL finds nothing under this id; check that it still exists at BILL.",
    "BDC_1121": "BILL does not offer this call at this address; check the address in the settings.",
    "BDC_1122": "BILL cannot read the request; contact support with the request id.",
    "BDC_1123": "BILL does not accept this organization id; check that it belongs to this connection.",
    "BDC_1124": "One of the values has the wrong form; correct it and send again.",
    "BDC_1129": "BILL does not accept one of the values; correct it and send again.",
    "BDC_1130": "BILL cannot filter the list by this field; choose another filter.",
    "BDC_1131": "BILL cannot filter the list in this way; choose another filter.",
    "BDC_1144": "The hourly limit of calls to BILL is used up; calls go on at the next full hour.",
    "BDC_1150": "This user cannot make online payments; check the user's role and the bank account.",
    "BDC_1152": "BILL does not accept this process date; choose another date.",
    "BDC_1159": "The amount is more than what is left to pay on the bill; lower it.",
    "BDC_1205": "BILL finds nothing under this id; check that it still exists at BILL.",
    "BDC_1246": "BILL has undone this entry as another of the same batch failed; correct that one first.",
    "BDC_1322": "BILL is working on three calls for this organization already; try again in a moment.",
    "BDC_1358": "Too many tokens have been tried; wait, then ask for a new one.",
    "BDC_1361": "The session is not trusted yet; the organization admin finishes the MFA setup first.",
    "BDC_1374": "The token has expired; ask for a new one.",
    "BDC_1402": "The process date is too early; choose one at least two business days from now.",
    "BDC_5324": "BILL blocks MFA for this user for now; wait, then start the setup again.",
}


def plain_sentence(problem: Problem) -> str:
    """One sentence for a person: ours for a code we know, else BILL's message without its placeholders."""
    return _SENTENCES.get(problem.code) or readable(problem) or _unexplained(problem)


def readable(problem: Problem) -> str:
    """BILL's own message, less the placeholders that it left unfilled."""
    return " ".join(_LOOSE_END.sub("", _PLACEHOLDER.sub("", problem.message)).split())


def _unexplained(problem: Problem) -> str:
    return f"BILL gives no reason (code {problem.code or 'missing'})."
