"""What an account has: balance, holds, how fast it is spent and how long it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.amount_text import counted
from miavo_tui.burn_rate import BurnRate
from miavo_tui.money_records import Balance
from miavo_tui.money_text import usd

__all__ = ["BalanceLine"]

_CENT = Decimal("0.01")
_SOON = 3


class BalanceLine(Widget):
    """Two lines: what is told over what it is, in columns."""

    balance: reactive[Balance | None] = reactive(None)
    burn: reactive[BurnRate | None] = reactive(None)
    now: reactive[datetime | None] = reactive(None)

    def render(self) -> Content:
        """The columns, the room that is left between them."""
        room = self.size.width - 2
        tiles = self._tiles(until=True)
        if sum(map(_width, tiles)) + 2 * (len(tiles) - 1) > room:
            tiles = self._tiles(until=False)
        spare = room - sum(map(_width, tiles))
        gap = max(2, min(6, spare // max(1, len(tiles) - 1)))
        labels, values, at = Content(), Content(), 1
        for tile in tiles:
            label, value, style = tile
            labels += Content.styled(" " * (at - labels.cell_length) + label, "$text-muted")
            values += Content(" " * (at - values.cell_length)) + Content.styled(value, style)
            at += _width(tile) + gap
        return Content("\n").join([labels, values])

    def _tiles(self, *, until: bool) -> list[tuple[str, str, str]]:
        balance, burn = self.balance, self.burn
        if balance is None:
            return [("BALANCE", "…", "$text-muted")]
        # Nothing at first is how things begin, and no warning.
        fresh = not balance.balance_usd and (burn is None or not burn.per_day)
        empty = balance.balance_usd <= 0 and not fresh
        amount = f"▲ {usd(balance.balance_usd)}" if empty else usd(balance.balance_usd)
        tiles = [
            ("BALANCE", amount, "bold $text-error" if empty else "bold $foreground"),
            ("HELD", usd(balance.held_usd), "$foreground" if balance.held_usd else "$text-muted"),
        ]
        if burn is None:
            return tiles
        label = "SPENT TODAY" if burn.days == 1 else "SPENT A DAY"
        tiles.append((label, _rate(burn.per_day), "$foreground"))
        tiles.append(("LASTS", *self._lasts(balance, burn, until=until)))
        return tiles

    def _lasts(self, balance: Balance, burn: BurnRate, *, until: bool) -> tuple[str, str]:
        if balance.balance_usd <= 0:
            if not balance.balance_usd and not burn.per_day:
                return "none yet", "$text-muted"
            return "used up", "bold $text-error"
        left = burn.days_left(balance.balance_usd)
        if left is None:
            return "no end in sight", "$text-muted"
        style = "bold $text-warning" if left < _SOON else "$foreground"
        mark = "▲ " if left < _SOON else ""
        if left < 1:
            return f"{mark}{counted(max(1, int(left * 24)), 'hour')}", style
        days = int(left)
        word = f"{mark}{counted(days, 'day')}"
        if until and self.now is not None and days < 3_650:
            word += f", to {(self.now + timedelta(days=days)).astimezone():%Y-%m-%d}"
        return word, style


def _width(tile: tuple[str, str, str]) -> int:
    label, value, _ = tile
    return max(len(label), len(value))


def _rate(per_day: Decimal) -> str:
    """To the cent: it is a mean, and no amount that was charged."""
    if 0 < per_day < _CENT:
        return "less than $0.01"
    return f"about {usd(per_day.quantize(_CENT))}" if per_day else "nothing"
