"""The last minutes of a gateway's pulse, as rates and values that can be drawn."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from miavo_tui.operation_records import Pulse

__all__ = ["PulseHistory", "Reading"]

_KEPT = 600


@dataclass(frozen=True, slots=True)
class Reading:
    """What is shown of one moment."""

    in_flight: float
    per_second: float
    """Requests that ended, a second."""
    errors_per_second: float
    tokens_per_second: float
    """Output tokens."""
    p50: float | None
    """Milliseconds, of the requests of the last ten seconds."""
    p95: float | None
    resident: float
    """Bytes."""
    cpu: float
    """Of one core, in percent."""


@dataclass(slots=True)
class PulseHistory:
    """Readings, the oldest first. A gateway that was started anew begins a new history."""

    readings: deque[Reading] = field(default_factory=lambda: deque(maxlen=_KEPT))
    latest: Pulse | None = None
    _at: float = 0.0

    def add(self, pulse: Pulse, at: float) -> None:
        """Takes a pulse, read at a moment in monotonic seconds."""
        before, elapsed = self.latest, at - self._at
        if before is not None and pulse.uptime_seconds < before.uptime_seconds:
            before = None
            self.readings.clear()
        self.latest, self._at = pulse, at

        def rate(now: float, then: float) -> float:
            return max(0.0, now - then) / elapsed if before is not None and elapsed > 0 else 0.0

        was = before or pulse
        self.readings.append(
            Reading(
                in_flight=pulse.requests_in_flight,
                per_second=rate(pulse.requests, was.requests),
                errors_per_second=rate(pulse.errors, was.errors),
                tokens_per_second=rate(pulse.output_tokens, was.output_tokens),
                p50=pulse.duration.p50,
                p95=pulse.duration.p95,
                resident=pulse.resident_bytes,
                cpu=rate(pulse.cpu_seconds, was.cpu_seconds) * 100,
            )
        )

    def series(self, name: str, cells: int) -> list[float | None]:
        """The last values of one measure, at most as many as there are cells."""
        return [getattr(each, name) for each in list(self.readings)[-cells:]]
