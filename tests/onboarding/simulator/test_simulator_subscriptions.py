import uuid
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes
from tests.onboarding.simulator.receiver import RISK, Subscriber, as_organization, as_partner

URL = "https://portal.example/hook"
PATH = "/v3/subscriptions"


def test_catalog_lists_types_with_version_as_text(simulator: Simulator, subscriber: Subscriber) -> None:
    answer = subscriber.http.get("/v3/events/catalog")

    assert {"type": RISK, "version": "1"} in answer.json()["events"]
    simulator.change_settings(catalog_field="results", event_types=RISK)
    assert subscriber.http.get("/v3/events/catalog").json() == {"results": [{"type": RISK, "version": "1"}]}


def test_subscription_is_read_changed_and_deleted(simulator: Simulator, subscriber: Subscriber) -> None:
    made = subscriber.subscribe(URL)
    place = f"{PATH}/{made.json()['id']}"
    simulator.advance(seconds=1)

    replaced = subscriber.http.put(place, json={"events": [{"type": "bill.created", "version": "1"}]})
    changed = subscriber.http.patch(place, json={"name": "Other", "status": {"enabled": False}}).json()

    assert (made.status_code, replaced.status_code) == (200, 200)
    assert changed == subscriber.http.get(place).json()
    assert changed["events"] == [{"type": "bill.created", "version": "1"}]
    assert (changed["name"], changed["status"], changed["notificationUrl"]) == (
        "Other",
        {"enabled": False},
        URL,
    )
    assert changed["createdTime"] < changed["updatedTime"]
    assert subscriber.http.delete(place).status_code == 200
    assert [codes(subscriber.http.request(verb, place)) for verb in ("GET", "DELETE")] == [["BDC_1205"]] * 2


def test_security_key_is_told_once(subscriber: Subscriber) -> None:
    made = subscriber.subscribe(URL).json()

    place = f"{PATH}/{made['id']}"
    renewed = subscriber.http.post(f"{place}/security-key").json()

    assert len(made["securityKey"]) > 30
    assert renewed["securityKey"] != made["securityKey"]
    read = [subscriber.http.get(place), subscriber.http.get(PATH), subscriber.http.patch(place, json={})]
    assert not any("ecurityKey" in answer.text or "oldKey" in answer.text for answer in read)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": None}, "BDC_1117"),
        ({"name": ""}, "BDC_1117"),
        ({"status": {}}, "BDC_1117"),
        ({"status": {"enabled": "true"}}, "BDC_1124"),
        ({"status": True}, "BDC_1124"),
        ({"events": []}, "BDC_1119"),
        ({"events": [RISK]}, "BDC_1124"),
        ({"events": [{"type": RISK, "version": "1.0"}]}, "BDC_1119"),
        ({"events": [{"type": RISK, "version": 1}]}, "BDC_1124"),
        ({"events": [{"type": "organization.created", "version": "1"}]}, "BDC_1119"),
        ({"events": [{"type": RISK}]}, "BDC_1117"),
        ({"notificationUrl": 1}, "BDC_1124"),
    ],
)
def test_body_of_another_shape_is_refused(subscriber: Subscriber, fields: dict[str, Any], code: str) -> None:
    refused = subscriber.subscribe(URL, **fields)

    assert (refused.status_code, codes(refused)) == (400, [code])


@pytest.mark.parametrize(
    "url", ["https://a.example/x", "http://127.0.0.9:1/x", "http://[::1]:80/", "http://localhost:8000/hook"]
)
def test_url_that_nobody_can_listen_to_is_taken(subscriber: Subscriber, url: str) -> None:
    assert subscriber.subscribe(url).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/hook", "http://127.0.0.1.example/", "http://localhost.example/", "http://128.0.0.1/",
        "ftp://localhost/", "https://", "https://a.example:x/", "https://a.example:99999/", "https://[a/",
        "https://user:secret@a.example/", "https://a.example/ x", "https://a.example/\n", "localhost", "//localhost",
    ],
)  # fmt: skip
def test_url_without_https_is_refused(subscriber: Subscriber, url: str) -> None:
    refused = subscriber.subscribe(url)

    assert (refused.status_code, codes(refused)) == (400, ["BDC_1119"])


def test_http_to_loopback_can_be_refused_as_bill_does(simulator: Simulator, subscriber: Subscriber) -> None:
    simulator.change_settings(http_to_loopback=False)

    assert codes(subscriber.subscribe("http://127.0.0.1/")) == ["BDC_1119"]


def test_same_idempotent_key_answers_the_same_subscription(
    simulator: Simulator, subscriber: Subscriber
) -> None:
    key = str(uuid.uuid4())
    first = subscriber.subscribe(URL, key=key)

    again = subscriber.subscribe(URL, key=key.upper())
    other = subscriber.subscribe(URL, key=key, name="Other")

    assert again.json() == first.json()
    assert (other.status_code, codes(other)) == (400, ["BDC_1119"])
    assert len(simulator.subscriptions) == 1


def test_lost_answer_is_found_by_the_idempotent_key(simulator: Simulator, subscriber: Subscriber) -> None:
    key = str(uuid.uuid4())
    simulator.arm("lose_reply", "create_subscription")
    with pytest.raises(httpx.RemoteProtocolError):
        subscriber.subscribe(URL, key=key)

    found = subscriber.subscribe(URL, key=key).json()

    assert (found["id"], bool(found["securityKey"])) == (simulator.subscriptions[0].id, True)


def test_refused_create_leaves_its_idempotent_key_free(subscriber: Subscriber) -> None:
    key = str(uuid.uuid4())

    assert subscriber.subscribe("http://portal.example/", key=key).status_code == 400
    assert subscriber.subscribe(URL, key=key).status_code == 200


def test_idempotent_key_is_forgotten_after_a_day(simulator: Simulator, subscriber: Subscriber) -> None:
    key = str(uuid.uuid4())
    subscriber.subscribe(URL, key=key)
    simulator.change_settings(idle_minutes=3000)
    simulator.advance(hours=23)
    assert subscriber.subscribe(URL, key=key).status_code == 200
    simulator.advance(hours=2)

    assert codes(subscriber.subscribe(URL, key=key)) == ["BDC_1119"]
    assert subscriber.subscribe(URL + "2", key=key).status_code == 200


@pytest.mark.parametrize(("replay", "statuses", "keys"), [("refuse", [200, 400], 1), ("new", [200, 200], 2)])
def test_replay_of_the_same_body_follows_the_setting(
    simulator: Simulator, subscriber: Subscriber, replay: str, statuses: list[int], keys: int
) -> None:
    simulator.change_settings(idempotent_replay=replay)
    place = f"{PATH}/{subscriber.subscribe(URL).json()['id']}/security-key"
    headers = {"X-Idempotent-Key": str(uuid.uuid4())}

    answers = [subscriber.http.post(place, headers=headers) for _ in range(2)]

    assert [one.status_code for one in answers] == statuses
    assert len({one.json()["securityKey"] for one in answers if one.status_code == 200}) == keys


def test_other_body_with_the_same_key_may_get_the_same_answer(
    simulator: Simulator, subscriber: Subscriber
) -> None:
    simulator.change_settings(idempotent_other_body="same answer")
    key = str(uuid.uuid4())

    answers = [subscriber.subscribe(URL, key=key, name=name).json() for name in ("One", "Two")]

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "6fa459ea-ee8a-3ca4-894e-db77e160355e",
        uuid.UUID(int=4).hex,
        "0f8fad5bd9cb469fa16570867728950e",
    ],
)
def test_key_that_is_no_uuid4_is_refused(subscriber: Subscriber, key: str) -> None:
    refused = subscriber.http.post(PATH, json={}, headers={"X-Idempotent-Key": key})

    assert (refused.status_code, codes(refused)) == (400, ["BDC_1119" if key else "BDC_1108"])


def test_security_key_is_idempotent_where_a_key_is_sent(simulator: Simulator, subscriber: Subscriber) -> None:
    place = f"{PATH}/{subscriber.subscribe(URL).json()['id']}/security-key"
    headers = {"X-Idempotent-Key": str(uuid.uuid4())}

    first, again = (subscriber.http.post(place, headers=headers).json() for _ in range(2))

    assert first == again
    simulator.change_settings(security_key_idempotency="required")
    assert codes(subscriber.http.post(place)) == ["BDC_1108"]


def test_same_events_and_url_are_refused_in_any_order(simulator: Simulator, subscriber: Subscriber) -> None:
    simulator.change_settings(duplicate_subscription_code="BDC_1002")
    subscriber.subscribe(URL, RISK, "bill.created")
    other = subscriber.subscribe(URL, RISK).json()

    assert codes(subscriber.subscribe(URL, "bill.created", RISK)) == ["BDC_1002"]
    both = [{"type": one, "version": "1"} for one in ("bill.created", RISK)]
    assert codes(subscriber.http.put(f"{PATH}/{other['id']}", json={"events": both})) == ["BDC_1002"]


def test_eleventh_subscription_is_refused(
    simulator: Simulator, subscriber: Subscriber, other_partner: Partner
) -> None:
    simulator.change_settings(subscriptions_max_code="BDC_1002")
    for number in range(10):
        assert subscriber.subscribe(f"{URL}{number}").status_code == 200

    refused = subscriber.subscribe(URL)

    assert (refused.status_code, codes(refused)) == (400, ["BDC_1002"])
    with as_partner(simulator, other_partner) as other:
        assert other.subscribe(URL).status_code == 200


def test_list_pages_forward_only(simulator: Simulator, subscriber: Subscriber) -> None:
    made = [subscriber.subscribe(f"{URL}{number}").json()["id"] for number in range(5)]
    pages, token = [], None
    while True:
        query: dict[str, str] = {"max": "2"} | ({"page": token} if token else {})
        answer = subscriber.http.get(PATH, params=query).json()
        pages.append([one["id"] for one in answer["results"]])
        assert "prevPage" not in answer
        if not (token := answer.get("nextPage")):
            break

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one for page in pages for one in page] == made[::-1]
    simulator.change_settings(last_page="null", list_order="oldest first")
    whole = subscriber.http.get(PATH).json()
    assert (whole["nextPage"], [one["id"] for one in whole["results"]]) == (None, made)


@pytest.mark.parametrize(
    "query", [{"max": "0"}, {"max": "101"}, {"max": "x"}, {"page": "x"}, {"page": "W10="}]
)
def test_wrong_page_or_max_is_refused(subscriber: Subscriber, query: dict[str, str]) -> None:
    refused = subscriber.http.get(PATH, params=query)

    assert (refused.status_code, codes(refused)) == (400, ["BDC_1129"])


def test_nobody_sees_the_subscriptions_of_others(
    simulator: Simulator, partner: Partner, other_partner: Partner, subscriber: Subscriber
) -> None:
    with (
        partner.onboard() as user,
        as_organization(simulator, user) as inside,
        as_partner(simulator, other_partner) as other,
    ):
        callers = [subscriber, inside, other]
        made = [caller.subscribe(URL).json()["id"] for caller in callers]

        seen = [[one["id"] for one in caller.http.get(PATH).json()["results"]] for caller in callers]
        statuses = [[c.http.get(f"{PATH}/{one}").status_code for one in made] for c in callers]

    assert seen == [[one] for one in made]
    assert statuses == [[200, 404, 404], [404, 200, 404], [404, 404, 200]]


@pytest.mark.parametrize(("setting", "shown"), [("omitted", None), ("empty", ""), ("partner", "partner-")])
def test_organization_of_a_partner_subscription_follows_the_setting(
    simulator: Simulator, subscriber: Subscriber, setting: str, shown: str | None
) -> None:
    simulator.change_settings(partner_subscription_organization=setting)

    told = subscriber.subscribe(URL).json().get("organizationId")

    assert told == shown if shown is None else told.startswith(shown)


def test_organization_subscription_tells_its_organization(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user, as_organization(simulator, user) as inside:
        assert inside.subscribe(URL).json()["organizationId"] == simulator.organizations[0].id


def test_missing_header_is_400_and_wrong_one_401(simulator: Simulator, partner: Partner) -> None:
    good = partner.headers()

    def ask(**changes: str | None) -> tuple[int, list[str]]:
        headers = {name: text for name, text in (good | changes).items() if text is not None}
        answer = httpx.get(simulator.events_url + PATH, headers=headers)
        return answer.status_code, codes(answer)

    assert ask(sessionId=None) == (400, ["BDC_1108"])
    assert ask(appKey=None) == (400, ["BDC_1108"])
    assert ask(appKey=None, devKey=partner.dev_key) == (400, ["BDC_1108"])
    assert ask(sessionId="x") == (401, ["BDC_1109"])
    assert ask(appKey="x") == (401, ["BDC_1102"])
    simulator.change_settings(events_missing_header_status=401)
    assert ask(sessionId=None) == (401, ["BDC_1108"])


def test_webhooks_stand_beside_the_api_and_not_below_it(simulator: Simulator, partner: Partner) -> None:
    assert codes(partner.get(PATH)) == ["BDC_1121"]
    assert codes(partner.get("/v3/connect-events/v3/subscriptions")) == ["BDC_1121"]


def test_no_key_is_in_the_log_or_on_the_page(
    simulator: Simulator, subscriber: Subscriber, control: httpx.Client
) -> None:
    key = subscriber.subscribe(URL, name="<script>").json()["securityKey"]

    told = (
        control.get("/webhooks"),
        control.get("/webhooks", headers={"accept": "text/html"}),
        control.get("/calls"),
    )

    assert all(answer.status_code == 200 and key not in answer.text for answer in told)
    assert told[0].json()["subscriptions"][0]["notificationUrl"] == URL
    assert URL in told[1].text
    assert "<script" not in told[1].text
