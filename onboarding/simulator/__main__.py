"""`manage.py bill_simulator`: the simulator alone. It needs no setting, no database, and nothing installed."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from onboarding.simulator.simulator import Simulator
from onboarding.simulator.store import StoreError
from onboarding.simulator.wire.listener import PortTaken

CANNOT_START = 2


def main(arguments: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; 2 and one line when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="manage.py bill_simulator",
        description="Run the simulator of BILL: its API on --port, its control page one port above.",
    )
    parser.add_argument("--port", type=int, required=True, help="port of the API")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the simulator's state")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--control-port", type=int, help="port of the control page (default: port + 1)")
    options = parser.parse_args(arguments)
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        simulator = Simulator(
            options.data, host=options.host, port=options.port, control_port=options.control_port
        ).start()
    except (PortTaken, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    sys.stdout.write(f"BILL simulator: API {simulator.api_url}, control page {simulator.control_url}/\n")
    sys.stdout.flush()
    stop.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
