"""What renders videos, here or at a provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from miavo_gateway.errors import MiavoError
from miavo_gateway.providers.video import VideoPlan, VideoRules

__all__ = ["Accepted", "Interrupted", "Told", "VideoEngine"]

Told = Callable[[int | None], None]
"""Called as a task goes on, with per cent where they are known."""


class Interrupted(MiavoError):
    """The gateway ended while a task was handed in, and cannot tell what became of it."""

    status = 500
    code = "interrupted"
    type = "api_error"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A task that was taken; it can be found again by this, in another process too."""

    reference: str
    credential_id: str | None = None
    """The one credential that can ask for it."""
    simulated: bool = False


class VideoEngine(Protocol):
    """Renders the videos of one model."""

    @property
    def rules(self) -> VideoRules:
        """What it renders."""
        ...

    @property
    def obstacle(self) -> MiavoError | None:
        """Why it cannot be called now; None if it can."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether a task may be handed in again when it is not known whether it was taken."""
        ...

    async def submit(self, task_id: str, plan: VideoPlan) -> Accepted:
        """Hand a task in. Once begun, it is not safe to begin it again unless `repeatable`.

        Raises:
            MiavoError: it was not taken.
        """
        ...

    async def render(
        self, accepted: Accepted, plan: VideoPlan, image: Path | None, target: Path, told: Told
    ) -> None:
        """Wait for a task and write its file. Cancelling it stops what can be stopped.

        Args:
            accepted: the task, perhaps of an earlier process.
            plan: what is rendered.
            image: a file with the image that it begins with.
            target: the file to write; it is whole on return.
            told: is told how far it is.

        Raises:
            MiavoError: nothing came of it.
            OSError: the file cannot be written.
        """
        ...

    async def outlive(self, accepted: Accepted) -> bool:
        """Wait for the end of a task that nobody wants any more; whether it has to be paid for."""
        ...
