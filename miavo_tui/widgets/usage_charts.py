"""Charts over the requests that pass the filter, and what costs the most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from miavo_tui.amount_text import brief_milliseconds, count_text
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.requests import charting
from miavo_tui.usage_records import Latency, Span, UsageTotals
from miavo_tui.widgets.ranking import Ranking
from miavo_tui.widgets.time_chart import ChartData, TimeChart
from miavo_tui.widgets.usage_columns import cost_text

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient
    from miavo_tui.usage_query import UsageQuery

__all__ = ["UsageCharts"]

RANKINGS = {"model": "Models", "key": "Keys", "provider": "Providers"}
"""What is ranked, as the gateway groups by it."""
_PERCENTILES = ("p50", "p95", "p99")
_IDLE_SECONDS = 5.0
_SAMPLED_FROM = 200_000
"""From so many requests on the gateway ranks the latencies of a sample."""


def _dollars(value: float) -> str:
    return f"${value:,.0f}" if value >= 100 else f"${value:.2f}" if value >= 0.01 else _small(value)


def _small(value: float) -> str:
    return "$0" if value == 0 else f"${value:.4f}".rstrip("0") if value >= 0.0001 else "<.0001"


def _percent(value: float) -> str:
    return f"{value:.0f}%" if value >= 10 or value == 0 else f"{value:.1f}%"


class UsageCharts(VerticalScroll):
    """Tiles in one, two or three columns."""

    _again: Timer | None = None

    def compose(self) -> ComposeResult:
        """The tiles."""
        yield Static(id="usage-sums", markup=False)
        with Grid(id="chart-grid"):
            yield TimeChart("Requests", count_text, id="chart-requests")
            yield TimeChart("Errors", _percent, id="chart-errors")
            yield TimeChart("Tokens", count_text, id="chart-tokens")
            yield TimeChart("Cost", _dollars, id="chart-cost")
            yield TimeChart("First token", brief_milliseconds, id="chart-first")
            yield TimeChart("Duration", brief_milliseconds, id="chart-duration")
            for by, title in RANKINGS.items():
                yield Ranking(title, id=f"top-{by}")

    @property
    def cells(self) -> int:
        """How many spans a chart has room for."""
        return self.query_one("#chart-requests", TimeChart).cells

    @work(group="charts", exclusive=True)
    async def count(
        self,
        asked: Callable[[], Awaitable[tuple[GatewayClient, UsageQuery] | None]],
        *,
        anew: bool = True,
    ) -> None:
        """Asks for what is shown, and again after a while.

        Args:
            asked: gives what to ask, and whom; None when nothing shall be asked any more.
            anew: whether what is shown is of something else, and goes at once.
        """
        if self._again is not None:
            self._again.stop()
        if anew:
            self._wait()
        after = _IDLE_SECONDS
        try:
            if (found := await asked()) is None:
                return
            client, query = found
            whole = await charting.whole_time(client, query)
            question = charting.spans_of(whole, self.cells)
            async for charted in charting.charted(client, question, tuple(RANKINGS)):
                self._draw(charted)
                after = charted.refresh_after
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.query_one("#usage-sums", Static).update(
                Content.styled(f"✖ {problem} Asked again in {_IDLE_SECONDS:.0f} s.", "$text-error")
            )
        self._again = self.set_timer(after, lambda: self.count(asked, anew=False))

    def _draw(self, charted: charting.Charted) -> None:
        self.show_spans(charted.spans, ranked=charted.ranked)
        if charted.totals is not None:
            self.show_sums(charted.totals)
        for by, groups in charted.groups.items():
            self.query_one(f"#top-{by}", Ranking).groups = groups

    def _wait(self) -> None:
        for chart in self.query(TimeChart):
            chart.data = None
        self.query_one("#usage-sums", Static).update("")
        for ranking in self.query(Ranking):
            ranking.groups = ()

    def show_spans(self, spans: Sequence[Span], *, ranked: bool) -> None:
        """Draws every chart; those of latencies once they are `ranked`."""
        starts = [span.start for span in spans]
        totals = [span.totals for span in spans]
        requests = sum(each.requests for each in totals)
        errors = sum(each.errors for each in totals)
        cost = sum((each.cost_usd for each in totals), Decimal())
        tokens = sum(each.prompt_tokens + each.output_tokens for each in totals)

        def draw(
            name: str, values: Callable[[UsageTotals], float | None], summary: str, least: float = 0
        ) -> None:
            self.query_one(f"#chart-{name}", TimeChart).data = ChartData(
                starts, [[values(each) for each in totals]], summary=summary, least=least
            )

        draw("requests", lambda each: each.requests, f"{requests:,}")
        draw(
            "errors",
            lambda each: each.errors / each.requests * 100 if each.requests else None,
            f"{errors:,} · {_percent(errors / requests * 100)}" if requests else "none",
            least=5,
        )
        draw("tokens", lambda each: each.prompt_tokens + each.output_tokens, count_text(tokens))
        draw("cost", lambda each: float(each.cost_usd), cost_text(cost))
        if ranked:
            note = "of a sample  " if requests >= _SAMPLED_FROM else ""
            self._draw_latency("first", starts, [each.first_token for each in totals], note)
            self._draw_latency("duration", starts, [each.duration for each in totals], note)

    def _draw_latency(
        self, name: str, starts: Sequence[datetime], found: list[Latency], note: str
    ) -> None:
        chart = self.query_one(f"#chart-{name}", TimeChart)
        chart.data = ChartData(
            starts,
            [[getattr(each, percent) for each in found] for percent in _PERCENTILES],
            names=_PERCENTILES,
            summary=f"{note}█ p50  ▓ p95  ░ p99",
        )

    def show_sums(self, totals: UsageTotals) -> None:
        """The sums of all, in two lines."""
        counts = [
            ("requests", count_text(totals.requests)),
            ("errors", count_text(totals.errors)),
            ("in", count_text(totals.prompt_tokens)),
            ("cached", count_text(totals.cached_tokens)),
            ("out", count_text(totals.output_tokens)),
            ("cost", cost_text(totals.cost_usd)),
        ]
        times = [
            (name, "/".join(brief_milliseconds(getattr(latency, each)) for each in _PERCENTILES))
            for name, latency in (
                ("first token", totals.first_token),
                ("duration", totals.duration),
            )
            if latency.p50 is not None
        ]
        lines = [_facts(counts)]
        if times:
            lines.append(_facts(times) + Content.styled("  p50/p95/p99", "$text-muted"))
        self.query_one("#usage-sums", Static).update(Content("\n").join(lines))


def _facts(facts: Sequence[tuple[str, str]]) -> Content:
    return Content("  ").join(
        [
            Content.assemble((f"{name} ", "$text-muted"), (value, "bold $foreground"))
            for name, value in facts
        ]
    )
