"""Several test processes side by side: each has its own database already, and gets its own queues at the broker.

Loaded before Django's settings are read.
"""

import os

process = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if process and os.environ.get("PORTAL_BROKER_URL", "").startswith("redis+socket:"):
    os.environ["PORTAL_BROKER_URL"] += f"?virtual_host={process}"
