"""A simulated task: all there is to know of it is in its id, so that it outlives everything."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import orjson

from miavo_gateway.sandbox.directions import read_directions
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from miavo_gateway.sandbox.videos.clip import clip

__all__ = ["FAILS", "SimulatedTask", "file_answer"]

FAILS = "[[fail]]"
"""In a prompt: the task fails while it is rendered."""


@dataclass(frozen=True, slots=True)
class SimulatedTask:
    """One task."""

    model: str
    began: float
    """Unix seconds."""
    takes: float
    """Seconds until it is rendered."""
    width: int
    height: int
    seconds: int
    audio: bool
    refused: bool
    """Whether a filter lets nothing of it through."""
    fails: bool

    @classmethod
    def begun(
        cls,
        received: Received,
        *,
        model: str,
        prompt: str,
        size: tuple[int, int],
        seconds: int,
        audio: bool,
    ) -> Self:
        """A task that begins now."""
        return cls(
            model=model,
            began=time.time(),
            takes=received.render_seconds,
            width=size[0],
            height=size[1],
            seconds=seconds,
            audio=audio,
            refused=read_directions(prompt).refuse,
            fails=FAILS in prompt.lower(),
        )

    @classmethod
    def of(cls, task_id: str) -> Self | None:
        """The task of an id; None if it is none."""
        try:
            values: Mapping[str, Any] = orjson.loads(urlsafe_b64decode(task_id + "=="))
            return cls(**values)
        except (ValueError, TypeError):
            return None

    @property
    def id(self) -> str:
        """Letters, digits, `-` and `_`."""
        return urlsafe_b64encode(orjson.dumps(asdict(self))).decode().rstrip("=")

    @property
    def progress(self) -> float:
        """From 0 to 1, which is rendered."""
        if self.takes <= 0:
            return 1.0
        return max(0.0, min(1.0, (time.time() - self.began) / self.takes))

    def file(self) -> bytes:
        """The MP4."""
        return clip(self.width, self.height, self.seconds, audio=self.audio)


def file_answer(task: SimulatedTask) -> Simulated:
    """A task's file."""
    return Simulated(200, {"content-type": "video/mp4"}, (Part(task.file()),))
