"""What is known of one model, laid out as text of a given width."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import STATES, state_of
from miavo_tui.price_standing import bar, standings
from miavo_tui.price_text import price_lines

__all__ = ["facts"]

_LABEL_WIDTH = 10

_REACH_WORDS = {
    "reachable": "",
    "simulated": ": the sandbox answers in its provider's place",
    "unreachable": " from this gateway",
}
_FEATURE_WORDS = {"streaming": "streaming", "tools": "tools", "vision": "vision input"}


def facts(
    model: ModelCard, width: int, models: Sequence[ModelCard] = (), *, successor_key: str = "u"
) -> Content:
    """The model's name, prices, context, features and state.

    Args:
        model: the model.
        width: cells to fill; longer values are wrapped under themselves.
        models: the catalogue, among which its prices stand.
        successor_key: the key that goes to the model in its place, where there is one.
    """
    lines = [
        *_wrapped(model.name, width, "bold $foreground"),
        Content.styled(model.slug, "$primary"),
        Content.styled(f"{model.provider} · {model.kind} · {model.endpoint}", "$text-muted"),
        Content(),
        *_wrapped(model.summary, width, "$foreground"),
        Content(),
        *_prices(model, width),
        *_standings(model, models, width),
        *_context(model, width),
        *_features(model, width),
        *_state(model, width, successor_key),
    ]
    return Content("\n").join(lines)


def _context(model: ModelCard, width: int) -> list[Content]:
    tokens = model.context_window
    if tokens is None:
        # Only of a chat model does one expect a context.
        return _row("context", "not stated", width) if model.kind == "chat" else []
    return _row("context", f"{tokens:,} tokens", width)


def _features(model: ModelCard, width: int) -> list[Content]:
    words = [_FEATURE_WORDS.get(feature, feature) for feature in model.features]
    return _row("can", ", ".join(words), width) if words else []


def _prices(model: ModelCard, width: int) -> list[Content]:
    rows = price_lines(model.prices)
    amount_width = max(len(amount) for amount, _ in rows) if rows else 0
    lines: list[Content] = []
    for number, (amount, unit) in enumerate(rows):
        room = max(16, width - _LABEL_WIDTH - amount_width - 1)
        for part, text in enumerate(textwrap.wrap(unit, room) or [""]):
            lines.append(
                Content.assemble(
                    _label("price" if number == part == 0 else ""),
                    ((amount if part == 0 else "").rjust(amount_width), "bold $foreground"),
                    (f" {text}", "$text-muted"),
                )
            )
    return lines


def _standings(model: ModelCard, models: Sequence[ModelCard], width: int) -> list[Content]:
    """A bar for each price: empty is the cheapest of the kind, full the dearest."""
    lines: list[Content] = []
    for number, one in enumerate(standings(model, models)):
        words = f"cheaper than {one.cheaper_than} of {one.of}"
        room = width - _LABEL_WIDTH - len(words) - 6
        lines.append(
            Content.assemble(
                _label("compared" if number == 0 else ""),
                (f"{one.label:<4}" if one.label else "", "$text-muted"),
                (bar(one.fraction, max(4, min(16, room))), "$primary"),
                (f" {words}", "$text-muted"),
            )
        )
    return lines


def _state(model: ModelCard, width: int, successor_key: str) -> list[Content]:
    life, state = model.lifecycle, state_of(model)
    colour = f"$state-{state}"
    lines: list[Content] = []
    if state == "retired":
        day = f" on {life.retires_on:%Y-%m-%d}" if life.retires_on else ""
        lines += _row("state", f"✖ retired by its provider{day}", width, colour)
    elif state == "preview":
        text = "◇ preview: the slug is reserved, calls answer not_implemented"
        lines += _row("state", text, width, colour)
    else:
        reach = "simulated" if model.simulated else "reachable"
        reach = reach if model.reachable else "unreachable"
        words = f"{STATES[reach][1]}{_REACH_WORDS[reach]}"
        lines += _row("state", f"{STATES[reach][0]} {words}", width, f"$state-{reach}")
        if state == "legacy":
            day = f", retires on {life.retires_on:%Y-%m-%d}" if life.retires_on else ""
            lines += _row("", f"◐ legacy{day}", width, "$state-legacy")
    if life.note:
        lines += _row("", life.note, width, "$text-muted")
    if life.successor:
        jump = Style.from_meta({"@click": f"screen.jump({life.successor!r})"})
        lines.append(
            Content.assemble(
                _label(""),
                ("use ", "$text-muted"),
                Content.styled(life.successor, "underline $primary").stylize(jump),
                (f"  {successor_key}", "bold $primary"),
            )
        )
    # What a retired model or a preview lacks is said above; no credential would mend it.
    if state not in ("retired", "preview") and model.unreachable_reason:
        lines += _row("", model.unreachable_reason, width, "$text-muted")
    return lines


def _label(text: str) -> Content:
    return Content.styled(text.ljust(_LABEL_WIDTH), "$text-muted")


def _row(label: str, text: str, width: int, colour: str = "$foreground") -> list[Content]:
    room = max(16, width - _LABEL_WIDTH)
    return [
        Content.assemble(_label("" if number else label), (line, colour))
        for number, line in enumerate(textwrap.wrap(text, room))
    ]


def _wrapped(text: str, width: int, style: str) -> list[Content]:
    return [Content.styled(line, style) for line in textwrap.wrap(text, max(16, width))]
