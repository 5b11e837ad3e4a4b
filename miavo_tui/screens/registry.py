"""The app's screens, in the order of their tabs. To add one, write it and add its row here."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual.binding import Binding
from textual.screen import Screen

__all__ = [
    "SCREENS",
    "ScreenRow",
    "UsesModel",
    "screen_bindings",
    "screen_for",
    "screen_makers",
    "screen_row",
]


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """One screen and the ways to it."""

    name: str
    """Its mode in the app, and what is remembered as the screen in view."""
    digit: str
    """The key that shows it where no text is typed; with alt, anywhere."""
    title: str
    """What its tab says."""
    tooltip: str
    """What it is for, in a few words."""
    source: str
    """`module:class`; imported when the screen is first shown, so that the first frame need not
    wait for it."""
    function_key: str = ""
    """A further key that works anywhere."""

    @property
    def module(self) -> str:
        """The module that holds it."""
        return self.source.partition(":")[0]

    def make(self) -> Screen[None]:
        """The screen; its module is imported now if it has not been."""
        module, _, name = self.source.partition(":")
        screen: Screen[None] = getattr(importlib.import_module(module), name)()
        return screen

    @property
    def binding(self) -> Binding:
        """The keys that bring it to the front."""
        keys = [each for each in (self.function_key, self.digit, f"alt+{self.digit}") if each]
        return Binding(
            ",".join(keys),
            f"show_screen('{self.name}')",
            self.title.lower(),
            id=f"app.{self.name}",
            tooltip=self.tooltip,
            show=False,  # the tabs tell
        )


SCREENS = (
    ScreenRow(
        "catalogue",
        "1",
        "Catalogue",
        "Browse the models",
        "miavo_tui.screens.catalogue:CatalogueScreen",
        "f2",
    ),
    ScreenRow("chat", "2", "Chat", "Talk with a model", "miavo_tui.screens.chat:ChatScreen", "f3"),
    ScreenRow(
        "studio",
        "3",
        "Studio",
        "Render videos, make and hear speech",
        "miavo_tui.screens.studio:StudioScreen",
    ),
    ScreenRow("keys", "4", "Keys", "Keys for programs", "miavo_tui.screens.keys:KeysScreen"),
    ScreenRow(
        "credit",
        "5",
        "Credit",
        "Credit and what it is spent on",
        "miavo_tui.screens.credit:CreditScreen",
    ),
    ScreenRow(
        "usage",
        "6",
        "Usage",
        "See every request, live and past",
        "miavo_tui.screens.usage:UsageScreen",
    ),
    ScreenRow(
        "pool",
        "7",
        "Pool",
        "The credentials for providers, and how they do",
        "miavo_tui.screens.pool:PoolScreen",
    ),
    ScreenRow(
        "gateway",
        "8",
        "Gateway",
        "Its pulse, log and settings; set-up for other programs",
        "miavo_tui.screens.gateway:GatewayScreen",
    ),
)
"""The rows; the first is shown at the very first start."""


def screen_row(name: str) -> ScreenRow | None:
    """The row of a screen; None if there is none of this name."""
    return next((row for row in SCREENS if row.name == name), None)


@runtime_checkable
class UsesModel(Protocol):
    """A screen on which a model can be tried."""

    def use_model(self, slug: str) -> None:
        """Turns to the model with this slug."""
        ...


_TRIED_ON = {"chat": "chat", "video": "studio", "speech": "studio", "transcription": "studio"}
"""Of the kinds of models, the screens on which they can be tried."""


def screen_for(kind: str) -> str | None:
    """The name of the screen on which models of a kind can be tried; None while there is none."""
    name = _TRIED_ON.get(kind)
    return name if name is not None and screen_row(name) is not None else None


def screen_bindings() -> list[Binding]:
    """The keys of every screen."""
    return [row.binding for row in SCREENS]


def screen_makers() -> dict[str, Callable[[], Screen[None]]]:
    """What makes each screen, by its name, as Textual's `MODES` want it."""
    return {row.name: row.make for row in SCREENS}
