"""The line under a reply: how it ended, what it used and what it cost."""

from __future__ import annotations

from collections.abc import Sequence

from miavo_tui.conversations.records import NANO, Reply, ReplyState, ReplyStats
from miavo_tui.generation_speed import tokens_per_second

__all__ = ["comparison_text", "cost_text", "ending_text", "stats_text"]

_FINISH_REASONS = {
    "length": "▲ cut at the token limit",
    "content_filter": "▲ withheld by the provider's filter",
    "tool_calls": "▲ ended in a tool call",
}


def ending_text(reply: Reply) -> str:
    """How the reply ended, with a symbol; empty when it simply was complete."""
    match reply.state:
        case ReplyState.STOPPED:
            return "■ stopped"
        case ReplyState.INTERRUPTED:
            return "▲ interrupted"
        case ReplyState.FAILED:
            return "✖ failed"
        case ReplyState.STREAMING:
            # Only another app's reply is shown so: an own one shows its progress instead.
            return "◌ being written in another window"
    reason = reply.finish_reason
    if reply.calls:
        return ""
    if reason is None or reason == "stop":
        return "" if reply.text or reply.audio else "○ an empty reply"
    return _FINISH_REASONS.get(reason, f"▲ ended with “{reason}”")


def cost_text(cost_nano: int | None) -> str:
    """A cost in dollars: `$0.000123`, `free` for nothing, `unpriced` where no price is known."""
    if cost_nano is None:
        return "unpriced"
    if cost_nano == 0:
        return "free"
    # Six decimals read well; what they would show as nothing gets all nine.
    decimals = 6 if cost_nano >= 1_000 else 9
    return f"${cost_nano / NANO:,.{decimals}f}"


def stats_text(stats: ReplyStats) -> str:
    """Such as `36 in · 120 out · first token 0.15 s · 104 tok/s · free`."""
    parts = [f"{stats.prompt_tokens:,} in", f"{stats.output_tokens:,} out"]
    if stats.first_token_ms is not None:
        parts.append(f"first token {stats.first_token_ms / 1000:.2f} s")
    rate = tokens_per_second(stats.output_tokens, stats.first_token_ms, stats.duration_ms)
    if rate is not None:
        parts.append(f"{rate:,.0f} tok/s" if rate >= 10 else f"{rate:.1f} tok/s")
    parts.append(cost_text(stats.cost_nano))
    return " · ".join(parts)


def comparison_text(lanes: Sequence[Reply]) -> str:
    """Who was quickest and who cheapest; empty until all that answered have been counted.

    Such as `quickest: local-echo, 1.20 s · cheapest: kimi-k2.5, $0.000123`.
    """
    known = [(lane, lane.stats) for lane in lanes if lane.stats is not None and not lane.failure]
    if len(known) < 2 or any(lane.state is ReplyState.STREAMING for lane in lanes):
        return ""
    parts: list[str] = []
    timed = [(stats.duration_ms, lane.model) for lane, stats in known if stats.duration_ms]
    if len(timed) > 1:
        took, model = min(timed)
        parts.append(f"quickest: {model}, {took / 1000:.2f} s")
    priced = [(stats.cost_nano, lane.model) for lane, stats in known if stats.cost_nano is not None]
    if len({cost for cost, _ in priced}) > 1:
        cost, model = min(priced)
        parts.append(f"cheapest: {model}, {cost_text(cost)}")
    total = sum(cost for cost, _ in priced)
    if total:
        parts.append(f"together {cost_text(total)}")
    return " · ".join(parts)
