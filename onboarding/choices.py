"""Lists whose full values BILL does not publish, with the values that are known or plausible.

BILL's answer has the last word: a value that it refuses ends as a refusal that can be corrected.
"""

TAX_ID_TYPES = [("EIN", "EIN"), ("SSN", "SSN")]
BUSINESS_CATEGORIES = [
    ("LLC", "Limited liability company (LLC)"),
    ("C_CORPORATION", "C corporation"),
    ("S_CORPORATION", "S corporation"),
    ("SOLE_PROPRIETORSHIP", "Sole proprietorship"),
    ("PARTNERSHIP", "Partnership"),
    ("NON_PROFIT", "Non-profit"),
]
# Which terms they stand for is agreed between the partner and BILL.
PRICE_PLANS = [(f"PricePlan{n}", f"Price plan {n}") for n in range(1, 6)]
ACCOUNT_TYPES = [("BUSINESS", "Business"), ("PERSON", "Person")]
PHONE_TYPES = [("MOBILE", "Mobile"), ("LANDLINE", "Landline")]
COUNTRIES = [("US", "United States")]
LOGIN_AS_MINUTES = [("5", "5 minutes"), ("10", "10 minutes"), ("15", "15 minutes")]

# States, the District of Columbia, territories and military post.
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND"
    " OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS FM GU MH MP PR PW VI AA AE AP"
)
US_STATES = frozenset(_STATES.split())
