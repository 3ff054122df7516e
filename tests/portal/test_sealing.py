"""Encryption at rest: keys rotate, and a ciphertext opens only where it was sealed."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from onboarding.models import Connection
from portal.lib.crypto import Box, Unreadable, box, decode_key, fingerprint
from portal.lib.tenancy import acting_for
from tests.world import World

OLD, NEW = bytes(range(32)), bytes(range(100, 132))
PLACE = "onboarding_step.input"


@pytest.fixture(autouse=True)
def _fresh_box() -> Iterator[None]:
    yield
    box.cache_clear()


def test_value_of_the_old_key_opens_after_a_new_first_one() -> None:
    sealed = Box([OLD]).seal("999888777", PLACE)
    rotated = Box([NEW, OLD])

    assert rotated.open(sealed, PLACE) == "999888777"
    assert rotated.seal("x", PLACE)[1:5] == Box([NEW]).seal("x", PLACE)[1:5]
    with pytest.raises(Unreadable, match="does not have"):
        Box([NEW]).open(sealed, PLACE)
    with pytest.raises(Unreadable):
        Box([OLD]).open(rotated.seal("x", PLACE), PLACE)


def test_value_opens_only_where_it_was_sealed() -> None:
    sealed = Box([OLD]).seal("999888777", PLACE)

    for place in ("onboarding_step.evidence", "onboarding_connection.password", ""):
        with pytest.raises(Unreadable, match="another place"):
            Box([OLD]).open(sealed, place)


@pytest.mark.parametrize("at", [0, 1, 4, 5, 16, 17, -1])
def test_damaged_value_does_not_open(at: int) -> None:
    sealed = bytearray(Box([OLD]).seal("999888777", PLACE))
    sealed[at] ^= 1

    with pytest.raises(Unreadable):
        Box([OLD]).open(bytes(sealed), PLACE)


@pytest.mark.parametrize("length", [0, 1, 5, 17, 20])
def test_value_that_is_cut_short_does_not_open(length: int) -> None:
    sealed = Box([OLD]).seal("999888777", PLACE)[:length]

    with pytest.raises(Unreadable):
        Box([OLD]).open(sealed, PLACE)


def test_same_text_is_sealed_differently_each_time() -> None:
    assert len({Box([OLD]).seal("999888777", PLACE) for _ in range(50)}) == 50


def test_keys_are_in_no_repr() -> None:
    shown = repr(Box([OLD, NEW]))

    assert shown == "<Box of 2 keys>"


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 43, "A" * 100])
def test_key_that_is_not_32_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not (base64|32 bytes)"):
        decode_key(text)


def test_fingerprints_of_two_places_differ() -> None:
    assert fingerprint("a", "1") == fingerprint("a", "1")
    assert (
        len({fingerprint("a", "1"), fingerprint("b", "1"), fingerprint("a", "2"), fingerprint("a\0", "1")})
        == 4
    )


@pytest.mark.django_db(transaction=True)
def test_stored_secrets_open_after_rotation(world: World, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [os.urandom(32), *settings.ENCRYPTION_KEYS]
    box.cache_clear()

    with acting_for(world.one.pk):
        known = Connection.objects.get()
        assert known.password == "simulator-one"
        known.save()
        settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
        box.cache_clear()
        assert Connection.objects.get().password == "simulator-one"
    with acting_for(world.two.pk), pytest.raises(Unreadable):
        Connection.objects.get()


@pytest.mark.django_db(transaction=True)
def test_ciphertext_moved_to_another_column_does_not_open(world: World) -> None:
    with pytest.raises(Unreadable, match="another place"), acting_for(world.one.pk):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE onboarding_connection SET app_key = password")
        Connection.objects.get()
