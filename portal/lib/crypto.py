"""Encryption at rest and keyed fingerprints.

A sealed value is version (1 byte), key id (4), nonce (12), ciphertext and tag (16). The place it was sealed for
(table and column) is authenticated with it: a ciphertext copied into another column does not open.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"


class Unreadable(ValueError):
    """A sealed value does not open: another key, another place, or damaged."""


def decode_key(text: str) -> bytes:
    """A 32-byte key from base64 (either alphabet); ValueError when it is anything else."""
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != 32:
        raise ValueError("not 32 bytes")
    return key


def _derive(master: bytes, use: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=use.encode()).derive(master)


class Box:
    """Seals with the first key, opens with any of them."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        self._keys = {
            hashlib.sha256(b"id" + key).digest()[:4]: AESGCM(_derive(key, "field")) for key in masters
        }
        self._first = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"<Box of {len(self._keys)} keys>"

    def seal(self, text: str, place: str) -> bytes:
        nonce = os.urandom(12)
        sealed = self._keys[self._first].encrypt(nonce, text.encode(), place.encode())
        return VERSION + self._first + nonce + sealed

    def open(self, sealed: bytes, place: str) -> str:
        """The text that was sealed for this place; Unreadable otherwise."""
        key = self._keys.get(sealed[1:5])
        if sealed[:1] != VERSION or key is None:
            raise Unreadable("sealed with a key that this portal does not have")
        try:
            return key.decrypt(sealed[5:17], sealed[17:], place.encode()).decode()
        except (InvalidTag, ValueError) as error:  # cut short, it is not even a nonce
            raise Unreadable("damaged, or sealed for another place") from error


@cache
def box() -> Box:
    return Box(settings.ENCRYPTION_KEYS)


def fingerprint(place: str, value: str) -> bytes:
    """A keyed hash for equality without the value; the place keeps equal values of two columns apart."""
    key = _derive(settings.INDEX_KEY, "index")
    return hmac.new(key, f"{place}\0{value}".encode(), hashlib.sha256).digest()[:16]


def fingerprint_of(place: str, payload: Mapping[str, object]) -> bytes:
    return fingerprint(place, json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str))
