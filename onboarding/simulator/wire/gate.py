import logging
import threading

from onboarding.simulator.wire.listener import Listener, PortTaken

logger = logging.getLogger("simulator")
REOPEN_EVERY_SECONDS = 0.5


class Gate:
    """Closes the API's port for a while and opens it again, so that connections are really refused."""

    def __init__(self, listener: Listener, stopping: threading.Event) -> None:
        self.listener = listener
        self._stopping = stopping
        self._changing = threading.Lock()
        self._reopen = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return self.listener.port

    def close_for(self, seconds: float) -> None:
        """Several calls may ask for it at once; the last one counts."""
        with self._changing:
            self._end_closing()
            if self._stopping.is_set():
                return
            self.listener.close()
            self._reopen = threading.Event()
            self._thread = threading.Thread(
                target=self._open_after, args=(seconds, self._reopen), name="reopen", daemon=True
            )
            self._thread.start()

    def open_now(self) -> None:
        """Ends a closing and returns when the port is open again."""
        with self._changing:
            self._end_closing()

    def stop(self) -> None:
        with self._changing:
            self._end_closing()
            self.listener.close()

    def _end_closing(self) -> None:
        self._reopen.set()
        if self._thread:
            self._thread.join()

    def _open_after(self, seconds: float, reopen: threading.Event) -> None:
        reopen.wait(seconds)
        while not self._stopping.is_set():
            try:
                self.listener.open()
            except PortTaken as error:
                logger.warning("%s; trying again", error)
                self._stopping.wait(REOPEN_EVERY_SECONDS)
            else:
                return
