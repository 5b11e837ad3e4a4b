"""Reading the gateway's log from its end: pages back in time, and what has been added since.

The log is a file that grows and, when it is large, gives its place to a new one and takes the
name `gateway.log.1`. A place in it is the file's own number and the byte where a line begins, which
both stay the same when it is renamed. All of this blocks: it is called in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from miavo_gateway.upstream.redaction import redact
from miavo_gateway.upstream.secrets import Secret

__all__ = ["LEVELS", "LogLine", "LogPage", "LogPlace", "lines_after", "page_before"]

LEVELS = ("debug", "info", "warning", "error", "critical")
"""From the least severe on."""

_CHUNK = 64 * 1024
_MOST_SCANNED = 16 * 1024 * 1024
_MOST_ADDED = 1024 * 1024
_LONGEST_MESSAGE = 2_000
_TOLD_APART = ("time", "level", "message", "exception")


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a line begins, or the log ends."""

    file: int
    """The file's number in its file system."""
    offset: int
    """Bytes from its start."""

    def written(self) -> str:
        """As the API hands it out."""
        return f"{self.file:x}-{self.offset:x}"

    @classmethod
    def read(cls, text: str) -> LogPlace:
        """The place that `written` gave.

        Raises:
            ValueError: it gave no such text.
        """
        file, dash, offset = text.partition("-")
        if not dash or len(text) > 40 or not text.replace("-", "").isalnum():
            raise ValueError("no place in the log")
        return cls(int(file, 16), int(offset, 16))


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log."""

    place: LogPlace
    time: str
    """ISO 8601 in UTC; empty where the line has none."""
    level: str
    message: str
    fields: dict[str, Any]
    """What else the line says, such as `request_id` and `status`."""
    exception: str | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines, newest first."""

    lines: list[LogLine]
    before: LogPlace | None
    """Where the page before begins; None at the start of the log."""
    end: LogPlace | None
    """Where the log ended when it was read; None where there is no log."""


def page_before(
    log: Path,
    before: LogPlace | None,
    *,
    limit: int,
    level: str,
    secrets: Iterable[Secret],
) -> LogPage:
    """The last lines ahead of a place, or of the whole log.

    Args:
        log: the file that is being written.
        before: where to stop; None for the end.
        limit: how many lines at most.
        level: the least severe that is wanted.
        secrets: taken out of what a line says, should one ever have got there.
    """
    wanted = _wanted(level)
    known = tuple(secrets)
    lines: list[LogLine] = []
    scanned = 0
    end: LogPlace | None = None
    reached: LogPlace | None = None
    skipping = before is not None
    for path in _files(log):
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                end = end or LogPlace(status.st_ino, status.st_size)
                stop = status.st_size
                if skipping:
                    assert before is not None
                    if status.st_ino != before.file:
                        continue
                    skipping, stop = False, min(before.offset, stop)
                for offset, raw in _backwards(file, stop):
                    scanned += len(raw) + 1
                    reached = LogPlace(status.st_ino, offset)
                    if wanted(raw):
                        lines.append(_read(raw, reached, known))
                    if len(lines) == limit or scanned > _MOST_SCANNED:
                        return LogPage(lines, reached, end)
        except FileNotFoundError:
            continue
    return LogPage(lines, None, end)


def lines_after(
    log: Path, after: LogPlace | None, *, level: str, secrets: Iterable[Secret]
) -> tuple[list[LogLine], LogPlace | None]:
    """What has been added since a place, oldest first, and where the log ends now.

    Of what came faster than it is read, the oldest is left out.
    """
    wanted = _wanted(level)
    known = tuple(secrets)
    lines: list[LogLine] = []
    # The file that the place is in, and those that have followed it, oldest first.
    newer: list[Path] = []
    for path in _files(log):
        newer.insert(0, path)
        if after is None or _number(path) == after.file:
            break
    place = after
    for path in newer:
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                same = place is not None and status.st_ino == place.file
                begin = place.offset if same and place is not None else 0
                if after is None:
                    begin = status.st_size
                begin = max(min(begin, status.st_size), status.st_size - _MOST_ADDED)
                file.seek(begin)
                added = file.read(_MOST_ADDED)
        except FileNotFoundError:
            continue
        whole, newline, _ = added.rpartition(b"\n")
        place = LogPlace(status.st_ino, begin)
        for raw in whole.split(b"\n") if newline else ():
            if raw and wanted(raw):
                lines.append(_read(raw, place, known))
            place = LogPlace(status.st_ino, place.offset + len(raw) + 1)
    return lines, place


def _files(log: Path) -> list[Path]:
    """The log and the files that it was before, newest first."""
    older = sorted(
        (path for path in log.parent.glob(f"{log.name}.*") if path.suffix[1:].isdigit()),
        key=lambda path: int(path.suffix[1:]),
    )
    return [log, *older]


def _number(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _backwards(file: Any, stop: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines that end before a byte, last first, each with where it begins."""
    at, rest = stop, b""
    while at > 0:
        begin = max(0, at - _CHUNK)
        file.seek(begin)
        block = file.read(at - begin) + rest
        at = begin
        lines = block.split(b"\n")
        # The first may have begun earlier.
        rest = lines[0] if at else b""
        offset = begin + len(block)
        for number in range(len(lines) - 1, 0 if at else -1, -1):
            offset -= len(lines[number])
            if lines[number]:
                yield offset, lines[number]
            offset -= 1


def _wanted(level: str) -> Callable[[bytes], bool]:
    """Tells by its bytes whether a line is severe enough, so that others need not be read."""
    hidden = tuple(f'"level":"{each}"'.encode() for each in LEVELS[: LEVELS.index(level)])
    return lambda raw: not any(mark in raw for mark in hidden)


def _read(raw: bytes, place: LogPlace, secrets: tuple[Secret, ...]) -> LogLine:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        line = None
    if not isinstance(line, dict):
        line = {"message": raw.decode("utf-8", "replace")}
    exception = line.get("exception")
    return LogLine(
        place=place,
        time=str(line.get("time", "")),
        level=str(line.get("level", "info")),
        message=redact(str(line.get("message", "")), secrets, longest=_LONGEST_MESSAGE),
        fields={name: value for name, value in line.items() if name not in _TOLD_APART},
        # Line by line, as what is redacted is put on one.
        exception=None
        if exception is None
        else "\n".join(_cleaned(each, secrets) for each in str(exception).splitlines()),
    )


def _cleaned(text: str, secrets: tuple[Secret, ...]) -> str:
    indent = text[: len(text) - len(text.lstrip(" "))]
    return indent + redact(text, secrets)
