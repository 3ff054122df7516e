import pytest

from onboarding.forms import OrganizationForm
from onboarding.forms.formats import day, formatted
from tests.factories import organization_input


@pytest.mark.parametrize("seed", range(10))
def test_believable_company_is_taken(seed: int) -> None:
    form = OrganizationForm(organization_input())

    assert form.is_valid(), form.errors


def test_numbers_are_shown_as_people_write_them() -> None:
    assert formatted({"phone": "4155550132", "tax_id": "999888777", "city": "Rome"}) == {
        "phone": "(415) 555-0132",
        "tax_id": "99-9888777",
        "city": "Rome",
    }


def test_what_is_no_number_is_shown_as_it_was_typed() -> None:
    assert formatted({"phone": "call me", "tax_id": "12"}) == {"phone": "call me", "tax_id": "12"}
    assert (day("1985-01-01"), day("soon")) == ("1 Jan 1985", "soon")
