"""What Keys and Credit share: asked for anew each second while they are in front."""

from __future__ import annotations

import asyncio

from textual import events, work

from miavo_tui.pace import Pace
from miavo_tui.screens.frame import FrameScreen

__all__ = ["FollowingScreen"]

_TURN_SECONDS = 1.0
_NO_GATEWAY_SECONDS = 0.05


class FollowingScreen(FrameScreen):
    """A screen that asks the gateway again and again, and for what may take long less often.

    Attributes:
        SUM_SECONDS: how often sums are asked for at the most.
        pace: when sums are due.
    """

    SUM_SECONDS = 10.0

    def __init__(self) -> None:
        """Sums are due at once."""
        super().__init__()
        self.pace = Pace(self.SUM_SECONDS)

    async def fetch(self) -> None:
        """Asks for what changes from second to second, and shows it."""
        raise NotImplementedError

    async def sum_up(self) -> None:
        """Asks for sums, within `pace.measured()`, and shows them."""
        raise NotImplementedError

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        """In front: follows."""
        self._follow()

    def on_screen_suspend(self, _event: events.ScreenSuspend) -> None:
        """Out of view, or under a dialog: asks nothing."""
        self.workers.cancel_group(self, "follow")
        self.workers.cancel_group(self, "sums")

    @work(group="follow", exclusive=True)
    async def _follow(self) -> None:
        self.pace.hasten()
        while True:
            if self.app.client is None:
                await asyncio.sleep(_NO_GATEWAY_SECONDS)
                continue
            await self.fetch()
            if self.pace.due:
                self.begin_sums()
            await asyncio.sleep(_TURN_SECONDS)

    # A sum may take seconds: what is fetched does not wait for it.
    @work(group="sums", exclusive=True)
    async def begin_sums(self) -> None:
        """Sums up anew, beside everything else."""
        await self.sum_up()
