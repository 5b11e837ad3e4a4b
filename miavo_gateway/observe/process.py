"""What this process takes of the machine."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["process_load"]


def process_load() -> tuple[int, float]:
    """Resident bytes, and seconds of the processor. To be called in a thread: it imports."""
    process: Any = importlib.import_module("psutil").Process()
    with process.oneshot():
        times = process.cpu_times()
        return process.memory_info().rss, times.user + times.system
