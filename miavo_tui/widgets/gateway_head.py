"""Where the gateway is, since when, and its pulse in four tiles."""

from __future__ import annotations

from textual import getters
from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.widgets import Static

from miavo_tui.amount_text import brief_milliseconds, bytes_text, count_text, seconds_text
from miavo_tui.operation.pulse_history import PulseHistory
from miavo_tui.operation_records import Pulse
from miavo_tui.records import GatewayStatus
from miavo_tui.widgets.pulse_tile import PulseTile

__all__ = ["GatewayHead"]


class GatewayHead(Vertical):
    """A line of facts over four tiles."""

    _facts = getters.query_one("#gateway-facts", Static)

    def compose(self) -> ComposeResult:
        """Facts, tiles."""
        yield Static(id="gateway-facts", markup=False)
        with Grid(id="pulse-grid"):
            yield PulseTile("in flight", least=4, id="pulse-flight")
            yield PulseTile("requests/s", least=4, id="pulse-rate")
            yield PulseTile("latency", least=100, id="pulse-latency")
            yield PulseTile("memory", least=1, headroom=1.6, id="pulse-memory")

    def show_status(self, status: GatewayStatus, uptime: float | None) -> None:
        """The facts."""
        up = "" if uptime is None else f"up {seconds_text(uptime)}"
        self._facts.update(
            Content.assemble(
                (" ● ", "$text-success"),
                (f"{status.url}/v1", "bold $foreground"),
                (f"   {up}   Miavo {status.version}   process {status.pid}", "$text-muted"),
                (f"   {status.home}", "$text-muted"),
            )
        )

    def show_trouble(self, message: str) -> None:
        """Why there is nothing new."""
        self._facts.update(Content.styled(f" ✖ {message}", "$text-error"))

    def show_pulse(self, history: PulseHistory) -> None:
        """The tiles."""
        if not history.readings or history.latest is None:
            return
        now, pulse = history.readings[-1], history.latest
        self._tile("flight", "in_flight", history, f"{now.in_flight:.0f}", _queue(pulse))
        self._tile(
            "rate",
            "per_second",
            history,
            count_text(round(now.per_second, 1)),
            f"{count_text(round(now.tokens_per_second))} tokens/s"
            + (f", {now.errors_per_second:.1f} errors/s" if now.errors_per_second else ""),
        )
        self._tile(
            "latency",
            "p50",
            history,
            "—" if now.p50 is None else brief_milliseconds(now.p50),
            "" if now.p95 is None else f"p50; p95 {brief_milliseconds(now.p95)}",
        )
        cpu = f"cpu {now.cpu:.0f}%"
        self._tile("memory", "resident", history, bytes_text(now.resident), cpu)

    def _tile(self, name: str, series: str, history: PulseHistory, value: str, more: str) -> None:
        tile = self.query_one(f"#pulse-{name}", PulseTile)
        tile.value, tile.more = value, more
        tile.values = history.series(series, tile.cells)


def _queue(pulse: Pulse) -> str:
    return f"{pulse.writes_waiting} writes wait" if pulse.writes_waiting else ""
