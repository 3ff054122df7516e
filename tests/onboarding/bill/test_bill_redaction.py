import json
import logging
import time

import pytest

from onboarding.bill.redaction import (
    MASK,
    SENSITIVE_KEYS,
    RedactionFilter,
    is_sensitive,
    mask_values,
    redact,
    redact_text,
    sensitive_values,
)
from onboarding.bill.sessions import Secret

CANARY = "canary 'q' 5f1d"


@pytest.mark.parametrize("key", SENSITIVE_KEYS)
def test_every_sensitive_key_is_masked_in_every_spelling(key: str) -> None:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
    for spelling in (key, key.upper(), snake, snake.replace("_", "-"), "partner" + key.capitalize()):
        assert redact({"a": [{spelling: CANARY}]}) == {"a": [{spelling: MASK}]}
        for text in (
            json.dumps({spelling: CANARY}),
            json.dumps({"body": json.dumps({spelling: "canary"})}),
            json.dumps({spelling: "canary"})[:-3],
            repr({spelling: CANARY}),
            repr([(spelling.encode(), b"canary")]),
            f"{spelling}=canary&a=1",
            f"{spelling}: canary",
            json.dumps({spelling: ["canary"]}),
        ):
            assert "canary" not in redact_text(text), text


@pytest.mark.parametrize("key", ["name", "phoneType", "taxIdType", "organizationId", "monkey", "id"])
def test_other_keys_are_left_alone(key: str) -> None:
    assert not is_sensitive(key)
    assert redact({key: "x"}) == {key: "x"}
    assert redact_text(f'{{"{key}": "x"}}') == f'{{"{key}": "x"}}'


def test_bearer_is_masked_whole() -> None:
    assert redact_text("Authorization: Bearer canary") == f"Authorization: {MASK}"


def test_endless_nesting_is_masked_from_some_depth_on() -> None:
    document: object = "canary"
    for _ in range(900):
        document = {"a": document}

    assert MASK in str(redact(document))


def test_sensitive_values_are_found_at_any_depth() -> None:
    payload = {
        "owner": [{"dateOfBirth": "1985-01-02", "name": "Ann"}],
        "phone": ["1", {"x": "2"}],
        "taxId": 3,
    }

    assert sensitive_values(payload) == {"1985-01-02", "1", "2"}


def test_known_values_are_masked_anywhere_but_not_short_ones() -> None:
    assert mask_values("tax 123456789 is 12", ["123456789", "12"]) == f"tax {MASK} is 12"


@pytest.mark.parametrize("part", ["a", "password", "\\", '"', "token ", "token: ", 'token"', "token=\\\\"])
def test_long_text_is_masked_in_linear_time(part: str) -> None:
    def seconds(times: int) -> float:
        text = part * times
        runs = []
        for _ in range(3):
            started = time.perf_counter()
            redact_text(text)
            runs.append(time.perf_counter() - started)
        return min(runs)

    # Eight times the text takes 64 times as long when the search is quadratic.
    assert seconds(80_000) < 25 * seconds(10_000)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("sessionId=%s", (CANARY.split()[0],)),
        ("sent %s", ({"password": CANARY},)),
        ("sent %(token)s", ({"token": "token=canary"},)),
        ('{"appKey": "canary"}', ()),
        ("%s", (Secret("canary"),)),
        ("%s %d token=canary", ("one",)),
    ],
)
def test_filter_masks_message_and_arguments(message: str, arguments: tuple[object, ...]) -> None:
    record = logging.LogRecord("bill", logging.INFO, "f", 1, message, arguments, None)

    assert RedactionFilter().filter(record)

    assert "canary" not in record.getMessage()
    assert "canary" not in repr(record.args)


def test_filter_masks_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RedactionFilter())
    try:
        raise ValueError('{"sessionId": "canary"}')
    except ValueError:
        logging.getLogger("bill").exception("failed")

    assert "ValueError" in caplog.text
    # The source line is part of a traceback; only what was raised is masked.
    assert f'ValueError: {{"sessionId": {MASK}"}}' in caplog.text
