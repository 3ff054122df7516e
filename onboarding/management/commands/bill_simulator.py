import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding.simulator import Simulator
from onboarding.simulator.listener import PortTaken
from onboarding.simulator.store import StoreError

CANNOT_START = 2


class Command(BaseCommand):
    help = "Run the simulator of BILL: its API on --port, its control page one port above."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True, help="port of the API")
        parser.add_argument(
            "--data", type=Path, required=True, help="folder that keeps the simulator's state"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--control-port", type=int, help="port of the control page (default: port + 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        try:
            simulator = Simulator(
                options["data"],
                host=options["host"],
                port=options["port"],
                control_port=options["control_port"],
            ).start()
        except (PortTaken, StoreError) as error:
            raise CommandError(str(error), returncode=CANNOT_START) from error
        self.stdout.write(f"BILL simulator: API {simulator.api_url}, control page {simulator.control_url}/")
        self.stdout.flush()
        stop.wait()
        simulator.stop()
