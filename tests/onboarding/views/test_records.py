import pytest
from django.urls import reverse

from portal.tenants.roles import Role
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_people_typed_is_shown_as_they_typed_it(world: World) -> None:
    one, name = world.one, "HOLD step create_user APPROVE {reason}"
    onboarding = one.at("create_organization", name)

    audit = one.client(Role.OWNER).get(reverse("audit")).content.decode()

    assert f"Started the onboarding of {name}" in audit
    assert "“Partner login” is done" in audit
    assert "Called BILL, partner login: done" in audit
    assert str(onboarding.pk) in audit
