import threading
from datetime import timedelta
from pathlib import Path

from onboarding.simulator import settings as settings_module
from onboarding.simulator.clock import Clock
from onboarding.simulator.partners import seed
from onboarding.simulator.settings import Settings
from onboarding.simulator.slots import Slots
from onboarding.simulator.store import open_store

CLOCK_NOTE = "clock_offset_seconds"


class World:
    """The simulated BILL: what it knows, what time it is there, and how it behaves."""

    def __init__(self, folder: Path | None = None) -> None:
        self.store = open_store(folder)
        offset = timedelta(seconds=float(self.store.note(CLOCK_NOTE) or 0))
        # Set when something may have become due; the sender of notifications waits for it.
        self.wake = threading.Event()
        self.clock = Clock(offset, remember=self._remember_offset, moved=self.wake.set)
        self.settings = settings_module.load(self.store)
        self.stopping = threading.Event()
        self.slots = Slots()
        seed(self.store)

    def change_settings(self, **changes: object) -> Settings:
        changed = settings_module.changed(self.settings, changes)
        settings_module.save(self.store, changed)
        self.settings = changed
        self.wake.set()
        return changed

    def close(self) -> None:
        self.stopping.set()
        self.store.close()

    def _remember_offset(self, offset: timedelta) -> None:
        self.store.write_note(CLOCK_NOTE, str(offset.total_seconds()))
