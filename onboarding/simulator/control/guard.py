"""Who may use the control page: a browser on this page itself, or a program; never another site's page."""

import ipaddress
import re
from collections.abc import Mapping


def is_own(headers: Mapping[str, str], host: str) -> bool:
    """No foreign name (a rebound DNS entry) and no form on a foreign page may reach the control page."""
    if not is_own_host(headers.get("host", ""), host):
        return False
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"http://{headers['host']}"


def is_own_host(header: str, bound: str) -> bool:
    """A DNS entry can be rebound, an address cannot: addresses, localhost and the bound name are ours."""
    name = re.sub(":[0-9]*$", "", header)
    if name.lower() in ("localhost", bound.lower()):
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
