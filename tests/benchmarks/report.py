"""From single runs to the table: medians over rounds, ratios within one run of the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Row", "Run", "rows", "table"]


@dataclass(frozen=True)
class Run:
    """One load on one server."""

    case: str
    server: str
    connections: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """Of the server's process, for each request."""
    memory_mb: float


@dataclass(frozen=True)
class Row:
    """The medians of all rounds of one case."""

    case: str
    server: str
    connections: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    memory_mb: float
    of_floor: float | None = None
    """Requests a second, as a part of the floor's; the median of the rounds' ratios."""
    added_p50_ms: float | None = None
    added_p99_ms: float | None = None


def rows(runs: Sequence[Run], floors: dict[str, str]) -> list[Row]:
    """The table's rows.

    Args:
        runs: every run, in the order in which they were made.
        floors: by the name of a server, the name of the one it is compared with.
    """
    grouped: dict[tuple[str, int, str], list[Run]] = {}
    for run in runs:
        grouped.setdefault((run.case, run.connections, run.server), []).append(run)
    made = []
    for (case, connections, server), mine in grouped.items():
        base = grouped.get((case, connections, floors.get(server, "")), [])
        pairs = list(zip(mine, base, strict=False))
        made.append(
            Row(
                case,
                server,
                connections,
                per_second=median(run.per_second for run in mine),
                p50_ms=median(run.p50_ms for run in mine),
                p99_ms=median(run.p99_ms for run in mine),
                cpu_ms=median(run.cpu_ms for run in mine),
                memory_mb=mine[-1].memory_mb,
                of_floor=_median(run.per_second / under.per_second for run, under in pairs),
                added_p50_ms=_median(run.p50_ms - under.p50_ms for run, under in pairs),
                added_p99_ms=_median(run.p99_ms - under.p99_ms for run, under in pairs),
            )
        )
    return made


def _median(values: Iterable[float]) -> float | None:
    given = list(values)
    return median(given) if given else None


def table(made: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    head = (
        "| Case | Connections | Server | Requests/s | Of the floor | p50 ms | p99 ms "
        "| Added p50 | Added p99 | CPU ms/request | Memory MB |"
    )
    lines = [head, "|---|--:|---|" + "--:|" * 8]
    lines += [
        f"| {row.case} | {row.connections} | {row.server} | {row.per_second:,.0f} "
        f"| {'' if row.of_floor is None else f'{row.of_floor:.0%}'} "
        f"| {row.p50_ms:.2f} | {row.p99_ms:.2f} "
        f"| {_shown(row.added_p50_ms)} | {_shown(row.added_p99_ms)} "
        f"| {row.cpu_ms:.2f} | {row.memory_mb:.0f} |"
        for row in made
    ]
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
