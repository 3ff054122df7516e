"""The steps, in the order that BILL allows. To add one, write its module and list it here."""

from onboarding.engine.contracts import StepDefinition
from onboarding.steps import (
    add_risk_phone,
    create_organization,
    create_user,
    end_login_as,
    follow_decision,
    login_as_user,
    partner_login,
    set_price_plan,
    start_verification,
)

REGISTRY: dict[str, StepDefinition] = {
    module.STEP.key: module.STEP
    for module in (
        partner_login,
        create_organization,
        set_price_plan,
        create_user,
        add_risk_phone,
        start_verification,
        login_as_user,
        follow_decision,
        end_login_as,
    )
}
JOURNEY = [definition for definition in REGISTRY.values() if not definition.is_background]
