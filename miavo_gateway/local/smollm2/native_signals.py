"""Keeping a native library from taking over the process's signals."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["signal_handlers_kept"]

_LARGEST_SIGACTION = 512
"""Bytes set aside for one `struct sigaction`; it has 152 on Linux and 16 on macOS."""


@contextmanager
def signal_handlers_kept() -> Iterator[None]:
    """Put SIGINT's and SIGTERM's handlers back as they were when the block ends.

    llama.cpp's server installs its own with `sigaction`, underneath Python's: Ctrl+C would then
    stop the model instead of the program. `signal.signal` may be called from the main thread
    only and a model is loaded in another, so the C library is asked directly; the structures are
    saved and restored without looking inside. Windows has no `sigaction` and is left alone.
    """
    if os.name != "posix":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    saved: dict[int, ctypes.Array[ctypes.c_char]] = {}
    for number in (int(signal.SIGINT), int(signal.SIGTERM)):
        action = ctypes.create_string_buffer(_LARGEST_SIGACTION)
        if libc.sigaction(number, None, action) == 0:
            saved[number] = action
    try:
        yield
    finally:
        for number, action in saved.items():
            libc.sigaction(number, action, None)
