from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class OrganizationSettings:
    tax_id_types: str = setting("EIN,SSN", "Values of taxIdType; empty: any.")
    business_categories: str = setting(
        "LLC,CORPORATION,C_CORPORATION,S_CORPORATION,PARTNERSHIP,SOLE_PROPRIETORSHIP,NON_PROFIT,OTHER",
        "Values of businessCategory; empty: any.",
    )
    account_types: str = setting("BUSINESS,PERSON,NONE", "Values of accountType; empty: any.")
    industries: str = setting(
        "Accounting,Construction,Consulting,Education,Financial Services,Health Care,Legal,Manufacturing,"
        "Non-profit,Real Estate,Restaurant Caterer or Bar,Retail,Software,Transportation,Wholesale,Other",
        "What GET /v3/organizations/industries lists.",
    )
    industry_shape: str = setting("texts", "How industries are listed.", "texts", "objects with a name")
    industry_checked: bool = setting(False, "An organization's industry must be one of the list.")
    organization_phone_required: bool = setting(False, "An organization needs a phone.")
    tax_id_nine_digits: bool = setting(True, "taxId is nine digits without a dash.")
    tax_id_shown: str = setting("stars", "taxId in answers.", "stars", "last four", "full", "omitted")
    times_shown: bool = setting(True, "Organizations are answered with createdTime and updatedTime.")
    organization_filters: str = setting(
        "id,name,archived,phone,createdTime,updatedTime", "Fields organizations are filtered and sorted by."
    )
    price_plan_field: str = setting("pricePlan", "The field that holds a price plan.")
    first_price_plan: str = setting(
        "PricePlan1",
        "The price plan until the partner chooses one.",
        "PricePlan1",
        "PricePlan2",
        "PricePlan3",
        "PricePlan4",
        "PricePlan5",
    )
    plan_terms_shape: str = setting("object", "planTerms of a price plan.", "object", "list")
