import secrets
import string

UPPER = string.ascii_uppercase + string.digits
LENGTH = 20


def new_id(prefix: str) -> str:
    """An id of BILL's shape: prefix, two digits, alphanumerics, two lower-case letters; 20 characters."""
    middle = "".join(secrets.choice(UPPER) for _ in range(LENGTH - len(prefix) - 4))
    end = "".join(secrets.choice(string.ascii_lowercase) for _ in range(2))
    return f"{prefix}01{middle}{end}"


def new_session_id() -> str:
    return secrets.token_urlsafe(36)
