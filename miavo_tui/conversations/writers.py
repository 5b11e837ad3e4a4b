"""Which app is writing: a mark that outlives no process.

Several apps may share one home. Each holds a lock on a file named after itself; the system lifts
the lock when the process ends, however it ends. So a row that is still marked as under way by a
writer whose lock is free was cut off, and one whose lock is held belongs to a living app.
"""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["Writer"]


class Writer:
    """This app among those that share a home. Its methods block briefly on the disk."""

    def __init__(self, folder: Path) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder
        self._lock: FileLock | None = None

    def _path(self, writer_id: str) -> Path:
        return self._folder / f"{writer_id}.lock"

    def take(self) -> None:
        """Begins to be alive in the eyes of the others.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        # Taken in one worker thread and released in another, hence not bound to a thread.
        lock = FileLock(self._path(self.id), thread_local=False)
        lock.acquire(timeout=0)
        self._lock = lock

    def release(self) -> None:
        """Ends it; harmless when it never began."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            self._path(self.id).unlink(missing_ok=True)

    def is_gone(self, writer_id: str) -> bool:
        """Whether no living app goes by this id."""
        if writer_id == self.id:
            return False
        path = self._path(writer_id)
        # Looking must not leave a lock file behind for each writer of the past.
        if not path.exists():
            return True
        lock = FileLock(path, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError:
            # Unknown is taken as alive: a reply shown as under way does less harm than one that
            # is declared dead while its app is still writing it.
            return False
        lock.release()
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return True
