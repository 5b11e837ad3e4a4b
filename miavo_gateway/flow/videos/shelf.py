"""The media folder: files are written aside, checked, and put in their place whole."""

from __future__ import annotations

import asyncio
import importlib
import os
import secrets
from pathlib import Path

from miavo_gateway.errors import InternalError, UpstreamError
from miavo_gateway.flow.videos.task import MEDIA_TYPES
from miavo_gateway.log import log
from miavo_gateway.media.facts import NotAVideo, VideoFacts

__all__ = ["Shelf", "not_stored"]

_DRAFT = ".draft"
_IMAGE = ".image"


class Shelf:
    """Files by the id of their task."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, task_id: str) -> Path:
        """Where the video of a task is."""
        return self._folder / f"{task_id}.mp4"

    def image(self, task_id: str) -> Path | None:
        """The image that a task begins with, while it is not rendered yet."""
        path = self._folder / f"{task_id}{_IMAGE}"
        return path if path.is_file() else None

    async def draft(self, task_id: str) -> Path:
        """A new file to write a video to.

        Raises:
            InternalError: the folder cannot be written to.
        """
        path = self._folder / f"{task_id}.{secrets.token_hex(4)}{_DRAFT}"
        try:
            await asyncio.to_thread(self._begin, path)
        except OSError as error:
            raise not_stored(error) from None
        return path

    async def keep_image(self, task_id: str, data: bytes) -> None:
        """Keep an image until its task is rendered.

        Raises:
            InternalError: the folder cannot be written to.
        """
        path = self._folder / f"{task_id}{_IMAGE}"
        try:
            await asyncio.to_thread(self._write, path, data)
        except OSError as error:
            raise not_stored(error) from None

    async def keep(self, task_id: str, draft: Path) -> tuple[VideoFacts, int]:
        """Look at a video that was written, and put it in its place; durable on return.

        Returns:
            What it is, and its size in bytes.

        Raises:
            UpstreamError: it is no video.
            InternalError: the folder cannot be written to.
        """
        try:
            return await asyncio.to_thread(self._keep, task_id, draft)
        except NotAVideo as problem:
            raise UpstreamError(f"What was rendered is no video: {problem}.") from None
        except OSError as error:
            raise not_stored(error) from None

    async def look(self, task_id: str) -> tuple[VideoFacts, int] | None:
        """What an earlier run has put in its place for a task; None if that is nothing."""
        path = self.file(task_id)
        if not path.is_file():
            return None
        try:
            return await asyncio.to_thread(_looked_at, path)
        except (NotAVideo, OSError):
            return None

    async def discard(self, task_id: str, *, video: bool) -> None:
        """Remove what was kept for a task: its image, and its `video` too."""
        paths = [self._folder / f"{task_id}{_IMAGE}"]
        if video:
            paths.append(self.file(task_id))
        await asyncio.to_thread(_remove, paths)

    async def discard_draft(self, draft: Path) -> None:
        """Remove a file that did not become a video."""
        await asyncio.to_thread(_remove, [draft])

    def sweep(self) -> None:
        """Remove what an earlier run was writing when it ended."""
        if self._folder.is_dir():
            _remove(list(self._folder.glob(f"vid_*{_DRAFT}")))

    def _begin(self, path: Path) -> None:
        # The folder may have been removed while the gateway ran.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)

    def _write(self, path: Path, data: bytes) -> None:
        self._begin(path)
        path.write_bytes(data)

    def _keep(self, task_id: str, draft: Path) -> tuple[VideoFacts, int]:
        found = _looked_at(draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self.file(task_id))
        if os.name == "posix":  # the name has to survive a power cut as well
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return found


def not_stored(error: OSError) -> InternalError:
    """The error of a video that could not be stored."""
    log.error("a video could not be stored: %s", error)
    return InternalError(
        f"The gateway could not store the video: {(error.strerror or 'the disk failed').lower()}."
    )


def _looked_at(path: Path) -> tuple[VideoFacts, int]:
    inspection = importlib.import_module("miavo_gateway.media.inspection")
    facts: VideoFacts = inspection.look_at_video(path)
    if facts.container not in MEDIA_TYPES:
        raise NotAVideo(f"it is of the kind '{facts.container}'")
    return facts, path.stat().st_size


def _remove(paths: list[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file could not be removed: %s", error)
