"""Bank accounts and who may pay from them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import BANK, BANKS, added, bank_account, refused, trust
from tests.onboarding.simulator.partner import Partner, codes
from tests.onboarding.simulator.receiver import Receiver, Subscriber

USERS = f"{BANKS}/users"


@pytest.fixture
def user(simulator: Simulator, partner: Partner) -> Iterator[httpx.Client]:
    """An administrator in a trusted session."""
    with partner.onboard() as user:
        yield trust(simulator, user)


def verify(user: httpx.Client, account: dict[str, Any], amount: float) -> httpx.Response:
    return user.post(f"{BANKS}/{account['id']}/verify", json={"depositAmount": amount})


def status(user: httpx.Client, account: dict[str, Any]) -> str:
    return str(user.get(f"{BANKS}/{account['id']}").json()["status"])


def bank_user(user: httpx.Client) -> dict[str, Any]:
    """The newest."""
    newest: dict[str, Any] = user.get(USERS).json()["results"][0]
    return newest


def test_new_bank_account_is_pending_and_no_default(user: httpx.Client) -> None:
    answer = user.post(BANKS, json=BANK | {"accessToAdmins": True, "chartOfAccountId": "0ca01x"})
    made = answer.json()

    assert answer.status_code == 200
    assert made["id"].startswith("bac")
    assert made.items() >= (BANK | {"accountNumber": "**** 2222", "accessToAdmins": True}).items()
    assert (made["status"], made["default"]) == ("PENDING", {"payables": False, "receivables": False})
    assert made["createdBy"] == user.get("/v3/login/session").json()["userId"]
    assert user.get(f"{BANKS}/{made['id']}").json() == made


def test_bank_account_needs_a_trusted_session(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user:
        assert refused(user.post(BANKS, json=BANK)) == (403, ["BDC_1361"])
        assert simulator.bank_accounts == []
        trust(simulator, user)
        assert user.post(BANKS, json=BANK).status_code == 200


def test_bank_account_needs_an_administrator(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    clerk = add_member(partner, user, "CLERK")

    with sign_in(partner, user, clerk) as other:
        trust(simulator, other)
        assert refused(other.post(BANKS, json=BANK)) == (403, ["BDC_1150"])
        assert other.get(BANKS).status_code == 200


def add_member(partner: Partner, user: httpx.Client, role: str) -> str:
    """Another user of the organization."""
    organization_id = user.get("/v3/login/session").json()["organizationId"]
    roles = partner.get("/v3/partner/roles", organization_id, max=100).json()["results"]
    role_id = next(one["id"] for one in roles if one["type"] == role)
    return str(partner.create_user(organization_id, username=f"u{role}", roleId=role_id).json()["id"])


def sign_in(partner: Partner, user: httpx.Client, user_id: str) -> httpx.Client:
    return partner.as_user(user.get("/v3/login/session").json()["organizationId"], user_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nameOnAccount": None}, "BDC_1117"),
        ({"bankName": ""}, "BDC_1117"),
        ({"routingNumber": "074000011"}, "BDC_1119"),
        ({"routingNumber": "0740000100"}, "BDC_1119"),
        ({"routingNumber": 74000010}, "BDC_1124"),
        ({"accountNumber": "x"}, "BDC_1119"),
        ({"type": "GIRO"}, "BDC_1119"),
        ({"ownerType": "business"}, "BDC_1119"),
        ({"accessToAdmins": "true"}, "BDC_1124"),
        ({"chartOfAccountId": "009x"}, "BDC_1119"),
    ],
)
def test_bank_account_of_another_shape_is_refused(
    simulator: Simulator, user: httpx.Client, changes: dict[str, Any], code: str
) -> None:
    assert refused(user.post(BANKS, json=BANK | changes)) == (400, [code])
    assert simulator.bank_accounts == []


def test_any_nine_digits_are_a_routing_number_without_the_check(
    simulator: Simulator, user: httpx.Client
) -> None:
    simulator.change_settings(routing_checksum=False)

    assert user.post(BANKS, json=BANK | {"routingNumber": "123456789"}).status_code == 200
    assert user.post(BANKS, json=BANK | {"routingNumber": "12345678"}).status_code == 400


def test_account_number_is_kept_nowhere(
    simulator: Simulator, user: httpx.Client, control: httpx.Client
) -> None:
    user.post(BANKS, json=BANK | {"accountNumber": "998877665544"})

    seen = [control.get(path).text for path in ("/state", "/calls", "/money")]
    assert not any("998877665544" in text for text in seen)
    assert "998877665544" not in str(simulator.bank_accounts)
    simulator.change_settings(account_number_shown="stars")
    assert user.get(BANKS).json()["results"][0]["accountNumber"] == "********"


@pytest.mark.parametrize(
    ("within", "again", "elsewhere"),
    [("nowhere", 200, 200), ("organization", 400, 200), ("everywhere", 400, 400)],
)
def test_same_numbers_again_follow_the_setting(
    simulator: Simulator, other_partner: Partner, user: httpx.Client, within: str, again: int, elsewhere: int
) -> None:
    simulator.change_settings(bank_numbers_unique_within=within, bank_numbers_taken_code="BDC_1002")
    bank_account(user, verified=False)

    answer = user.post(BANKS, json=BANK)
    assert answer.status_code == again
    assert again == 200 or codes(answer) == ["BDC_1002"]
    with other_partner.onboard() as stranger:
        assert trust(simulator, stranger).post(BANKS, json=BANK).status_code == elsewhere


def test_half_a_dollar_verifies(user: httpx.Client) -> None:
    account = bank_account(user, verified=False)

    answer = verify(user, account, 0.50)

    assert (answer.status_code, answer.json()["status"]) == (200, "VERIFIED")
    assert answer.json()["default"] == {"payables": False, "receivables": False}
    assert status(user, account) == "VERIFIED"
    assert bank_user(user)["verificationStatus"] == "VERIFIED"
    assert refused(verify(user, account, 0.50)) == (400, ["BDC_1119"])


@pytest.mark.parametrize("amount", [0.009, 0, 1, -0.5, "0.50", None, True])
def test_impossible_deposit_is_refused_and_does_not_count(user: httpx.Client, amount: Any) -> None:
    account = bank_account(user, verified=False)

    for _ in range(4):
        assert verify(user, account, amount).status_code == 400
    assert verify(user, account, 0.5).status_code == 200


@pytest.mark.parametrize("word", ["INVALID", "BLOCKED"])
def test_three_wrong_deposits_make_the_account_unusable(
    simulator: Simulator, user: httpx.Client, word: str
) -> None:
    simulator.change_settings(failed_deposit_word=word, wrong_deposit_code="BDC_1002")
    account = bank_account(user, verified=False)

    found = [(refused(verify(user, account, 0.49)), status(user, account)) for _ in range(3)]

    assert found == [((400, ["BDC_1002"]), "PENDING")] * 2 + [((400, ["BDC_1002"]), word)]
    assert refused(verify(user, account, 0.5)) == (400, ["BDC_1119"])


def test_settings_of_the_verification(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(
        deposit_amount=0.07,
        deposit_attempts=1,
        verifying_again="same answer",
        default_after_verification=True,
    )
    first, second = bank_account(user, verified=False), bank_account(user, verified=False)

    assert verify(user, first, 0.07).json()["default"] == {"payables": True, "receivables": True}
    assert verify(user, first, 0.5).json()["status"] == "VERIFIED"
    verify(user, second, 0.5)
    assert status(user, second) == "INVALID"


def test_unverified_account_expires_by_the_clock_when_set(simulator: Simulator, user: httpx.Client) -> None:
    account = bank_account(user, verified=False)
    simulator.advance(minutes=30)
    assert status(user, account) == "PENDING"

    simulator.change_settings(unverified_bank_account_days=10, idle_minutes=60 * 24 * 30)
    simulator.advance(days=10)

    assert (
        user.get(BANKS, params={"filters": "status:eq:EXPIRED"}).json()["results"][0]["id"] == account["id"]
    )
    assert verify(user, account, 0.5).status_code == 400


def test_bank_accounts_are_filtered(user: httpx.Client) -> None:
    pending = bank_account(user, verified=False, type="SAVINGS")
    verified = bank_account(user, accessToAdmins=True, ownerType="PERSONAL")

    def found(filters: str) -> list[str]:
        return [one["id"] for one in user.get(BANKS, params={"filters": filters}).json()["results"]]

    for filters in (
        'status:eq:"VERIFIED"',
        "accessToAdmins:eq:true",
        "ownerType:eq:PERSONAL",
        "type:ne:SAVINGS",
    ):
        assert found(filters) == [verified["id"]]
    assert found('status:in:"PENDING,INVALID",archived:eq:false') == [pending["id"]]
    assert found('createdTime:gte:"2020-01-01T00:00:00.000Z"') == [verified["id"], pending["id"]]


def test_verified_account_is_updated(user: httpx.Client) -> None:
    first, second = bank_account(user), bank_account(user)
    changes = {"bankName": "Nest egg", "ownerType": "PERSONAL", "default": {"payables": True}}

    answer = user.patch(f"{BANKS}/{first['id']}", json=changes).json()
    user.patch(f"{BANKS}/{second['id']}", json={"default": {"payables": True, "receivables": True}})

    assert (answer["bankName"], answer["ownerType"]) == ("Nest egg", "PERSONAL")
    assert answer["default"] == {"payables": True, "receivables": False}
    # Only one account is the default.
    assert [one["default"] for one in user.get(BANKS).json()["results"]] == [
        {"payables": True, "receivables": True},
        {"payables": False, "receivables": False},
    ]


@pytest.mark.parametrize(
    "changes",
    [{"accountNumber": "11112222"}, {"routingNumber": "074000010"}, {"type": "CHECKING"},
     {"default": {"payables": 1}}, {"default": None}, {"ownerType": "CAT"}],
)  # fmt: skip
def test_what_cannot_be_updated_is_refused(user: httpx.Client, changes: dict[str, Any]) -> None:
    account = bank_account(user)

    assert user.patch(f"{BANKS}/{account['id']}", json=changes).status_code == 400
    assert user.get(f"{BANKS}/{account['id']}").json() == account


def test_update_needs_a_verified_account_and_trust(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    account = bank_account(user, verified=False)
    path, owner = f"{BANKS}/{account['id']}", account["createdBy"]

    assert refused(user.patch(path, json={"bankName": "B"})) == (400, ["BDC_1119"])
    verify(user, account, 0.5)
    with sign_in(partner, user, owner) as untrusted:
        assert refused(untrusted.patch(path, json={"bankName": "B"})) == (403, ["BDC_1361"])
        simulator.change_settings(bank_update_needs_trust=False)
        assert untrusted.patch(path, json={"bankName": "B"}).json()["bankName"] == "B"


def test_account_of_another_organization_does_not_exist(
    simulator: Simulator, partner: Partner, other_partner: Partner, user: httpx.Client
) -> None:
    account = bank_account(user)
    path, bank_user_path = f"{BANKS}/{account['id']}", f"{USERS}/{bank_user(user)['id']}/archive"

    with partner.onboard("Sibling", "bob1") as sibling, other_partner.onboard() as stranger:
        for other in (trust(simulator, sibling), trust(simulator, stranger)):
            answers = [
                other.get(path),
                other.patch(path, json={}),
                verify(other, account, 0.5),
                other.post(bank_user_path),
                other.post(f"{USERS}/nominate", json={"bankAccountId": account["id"], "userId": "006x"}),
            ]
            assert [refused(one) for one in answers] == [(404, ["BDC_1205"])] * len(answers)
            assert other.get(BANKS).json()["results"] == other.get(USERS).json()["results"] == []


def test_nominated_user_proves_who_he_is_by_the_clock(
    simulator: Simulator, partner: Partner, user: httpx.Client
) -> None:
    account, payer = bank_account(user), add_member(partner, user, "PAYER")

    made = added(user, f"{USERS}/nominate", {"bankAccountId": account["id"], "userId": payer})

    assert (made["userId"], made["verificationStatus"], made["archived"]) == (payer, "NOMINATED", False)
    assert simulator.texts[-1].body["kind"] == "EMAIL"
    assert bank_user(user) == made
    simulator.advance(seconds=61)
    assert bank_user(user)["verificationStatus"] == "VERIFIED"
    filters = f'verificationStatus:eq:VERIFIED,bankAccountId:eq:"{account["id"]}"'
    assert len(user.get(USERS, params={"filters": filters}).json()["results"]) == 2
    assert (
        added(user, f"{USERS}/nominate", {"bankAccountId": account["id"], "userId": payer})[
            "verificationStatus"
        ]
        == "VERIFIED"
    )


def test_user_is_nominated_for_a_verified_account_only(user: httpx.Client) -> None:
    account = bank_account(user, verified=False)
    sent = {"bankAccountId": account["id"], "userId": account["createdBy"]}

    assert refused(user.post(f"{USERS}/nominate", json=sent)) == (400, ["BDC_1119"])
    assert refused(user.post(f"{USERS}/nominate", json={"userId": 6})) == (400, ["BDC_1124", "BDC_1117"])
    assert refused(user.post(f"{USERS}/nominate", json=sent | {"userId": "006x"})) == (404, ["BDC_1205"])


def test_owner_is_nominated_after_verification_when_set(simulator: Simulator, user: httpx.Client) -> None:
    simulator.change_settings(bank_user_after_verification="NOMINATED", identity_check_seconds=10)

    bank_account(user)

    assert bank_user(user)["verificationStatus"] == "NOMINATED"
    simulator.advance(seconds=11)
    assert bank_user(user)["verificationStatus"] == "VERIFIED"


def test_archived_bank_account_user_stays_archived(user: httpx.Client) -> None:
    bank_account(user)
    path = f"{USERS}/{bank_user(user)['id']}/archive"

    first, second = user.post(path), user.post(path)

    assert first.json()["archived"] is True
    assert second.json() == first.json() == bank_user(user)


def test_archived_bank_account_user_comes_back_by_nomination(user: httpx.Client) -> None:
    account = bank_account(user)
    user.post(f"{USERS}/{bank_user(user)['id']}/archive")

    body = {"bankAccountId": account["id"], "userId": account["createdBy"]}
    again = added(user, f"{USERS}/nominate", body)

    assert (again["archived"], again["verificationStatus"]) == (False, "NOMINATED")
    assert user.get(USERS).json()["results"] == [again]


def test_permissions_follow_the_role(partner: Partner, user: httpx.Client) -> None:
    path = "/v3/funding-accounts/permissions"

    assert set(user.get(path).json().values()) == {True}
    with sign_in(partner, user, add_member(partner, user, "CLERK")) as clerk:
        assert clerk.get(path).json() == {
            "viewBankAccount": True,
            "addBankAccount": False,
            "updateBankAccount": False,
            "payFromBankAccount": False,
        }


@pytest.mark.parametrize("key", ["bank-account", "bankAccount"])
def test_subscribers_hear_of_bank_accounts(
    simulator: Simulator, subscriber: Subscriber, receiver: Receiver, user: httpx.Client, key: str
) -> None:
    simulator.change_settings(bank_account_key=key)
    subscriber.subscribe(receiver.url, "bank-account.created", "bank-account.updated")

    account = bank_account(user)

    assert simulator.settle()
    told = {one["metadata"]["eventType"]: one[key] for one in receiver.notifications}
    assert told["bank-account.created"]["status"] == "PENDING"
    assert told["bank-account.updated"] == account
