import pytest

from onboarding.bill.errors import Problem
from onboarding.bill.words import plain_sentence

DOCUMENTED = [1001, 1002, *range(1101, 1105), *range(1106, 1112), 1113, 1117, *range(1119, 1125), 1129, 1130]
DOCUMENTED += [1131, 1144, 1150, 1152, 1159, 1205, 1246, 1322, 1358, 1361, 1374, 1402, 5324]


@pytest.mark.parametrize("number", DOCUMENTED)
def test_documented_code_has_a_sentence_of_its_own(number: int) -> None:
    sentence = plain_sentence(Problem(code=f"BDC_{number}", message="raw"))

    assert sentence.endswith(".")
    assert "raw" not in sentence


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("Username is taken.", "Username is taken."),
        ("Invalid Process Date : ${paramName0}.", "Invalid Process Date."),
        ("Field ${a} of ${b} is odd", "Field of is odd"),
        ("${paramName0}", "BILL gives no reason (code BDC_9999)."),
        ("", "BILL gives no reason (code BDC_9999)."),
    ],
)
def test_unknown_code_shows_what_bill_says(message: str, sentence: str) -> None:
    assert plain_sentence(Problem(code="BDC_9999", message=message)) == sentence
