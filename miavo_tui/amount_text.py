"""Counts, durations and sizes as they are read in a narrow column."""

from __future__ import annotations

__all__ = [
    "brief_milliseconds",
    "bytes_text",
    "count_text",
    "counted",
    "milliseconds_text",
    "seconds_text",
]

_DAY = 86_400


def count_text(count: float) -> str:
    """At most six characters: every digit of small counts, three of large ones.

    >>> count_text(999), count_text(12_345), count_text(1_250_000)
    ('999', '12.3k', '1.25M')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # What would be rounded up to a thousand of a unit is one of the next.
        if count >= size * 0.9995:
            value = count / size
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f}{unit}"
    return f"{count:.0f}" if count >= 10 or float(count).is_integer() else f"{count:.1f}"


def counted(count: int, what: str) -> str:
    """A number with what it is of, in one or in several.

    >>> counted(1, "request"), counted(1_200, "request")
    ('1 request', '1,200 requests')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def milliseconds_text(ms: float | None) -> str:
    """Milliseconds below a second, then seconds, minutes, hours.

    >>> milliseconds_text(4.2), milliseconds_text(431), milliseconds_text(2_340)
    ('4.2 ms', '431 ms', '2.34 s')
    """
    if ms is None:
        return "—"
    if ms < 9.95:
        return f"{ms:.1f} ms"
    if ms < 999.5:
        return f"{ms:.0f} ms"
    seconds = ms / 1_000
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 99.95 else seconds_text(seconds)


def brief_milliseconds(ms: float) -> str:
    """The same in at most six characters.

    >>> brief_milliseconds(431), brief_milliseconds(2_340), brief_milliseconds(250_000)
    ('431ms', '2.34s', '4m10s')
    """
    if ms < 59_950:
        return milliseconds_text(ms).replace(" ", "")
    seconds = round(ms / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60}m{seconds % 60:02}s"
    return f"{seconds // 3_600}h{seconds % 3_600 // 60:02}m"


def seconds_text(seconds: float) -> str:
    """The two largest units.

    >>> seconds_text(42), seconds_text(250), seconds_text(93_784)
    ('42 s', '4 min 10 s', '1 d 2 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < _DAY:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    return f"{whole // _DAY} d {whole % _DAY // 3_600} h"


def bytes_text(size: float) -> str:
    """In units of 1,024.

    >>> bytes_text(512), bytes_text(48_500_000)
    ('512 B', '46.3 MiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1_023.5 or unit == "GiB":
            break
        size /= 1_024
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
