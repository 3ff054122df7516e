"""Links that open something without a sign-in: the id, and a keyed hash of it that only the portal can make.

Nothing of the hash is stored, so whoever reads the database cannot make a link.
"""

import base64
import binascii
import hmac
from uuid import UUID

from portal.lib import crypto


def token_of(place: str, pk: UUID) -> str:
    """43 characters for the row with this id; `place` keeps links of one kind from opening another."""
    return (
        base64.urlsafe_b64encode(pk.bytes + crypto.fingerprint(f"link.{place}", pk.hex)).decode().rstrip("=")
    )


def id_in(place: str, token: str) -> UUID | None:
    """The id in a token of ours; None when it is anything else."""
    try:
        given = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(given) != 32:
        return None
    pk = UUID(bytes=given[:16])
    return pk if hmac.compare_digest(token.rstrip("="), token_of(place, pk)) else None
