"""The terminal's driver on Linux and macOS, for input as it really comes.

Textual's own decodes strictly and ends the app at the first byte that is not UTF-8: a key of a
terminal set to Latin-1 is enough.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual.drivers.linux_driver import LinuxDriver

from miavo_tui.input_parser import InputParser

__all__ = ["TolerantDriver"]

_LOOK_SECONDS = 0.1
_READ_BYTES = 4096


class TolerantDriver(LinuxDriver):
    """Reads any bytes; what is not UTF-8 is shown as U+FFFD."""

    def run_input_thread(self) -> None:
        """Reads and parses until the app has no more use for input."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        parser = InputParser(self._debug)
        # As in the base class: the terminals of macOS know no better selector.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_LOOK_SECONDS):
                    arrived = os.read(self.fileno, _READ_BYTES)
                    if not arrived:
                        # The terminal is gone; the signal that says so ends the app.
                        self.exit_event.wait()
                        return
                    # Half a character waits for its other half.
                    if text := decode(arrived):
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
