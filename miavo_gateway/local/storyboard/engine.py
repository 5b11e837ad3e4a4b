"""`local-storyboard`: renders in processes of their own, one or two at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

from miavo_gateway.catalogue import Catalogue, Kind
from miavo_gateway.errors import InternalError, MiavoError
from miavo_gateway.flow.router import Reachable
from miavo_gateway.log import log
from miavo_gateway.providers.video import VideoPlan, VideoRules
from miavo_gateway.video_engine import Accepted, Told

__all__ = ["StoryboardEngine", "picture_size", "storyboards"]

_MODEL: Final = ("local", "storyboard")
"""The provider and the id of the models that are storyboards."""

_RULES: Final = VideoRules(
    aspect_ratios=("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"),
    resolutions=("720p", "480p", "1080p"),
    seconds=range(1, 31),
    default_seconds=8,
    longest_prompt=4_000,
    image_types=("image/png", "image/jpeg", "image/webp", "image/gif"),
    seed=2**32 - 1,
    audio=True,
    default_audio=True,
)
_KILL_SECONDS = 2.0
_BLOCK = 16
_TOLD_OF_FAULT = 2_000


class StoryboardEngine:
    """A `VideoEngine` that needs nothing but this machine."""

    def __init__(self, *, at_once: int | None = None) -> None:
        # A core stays free for the gateway.
        self._turns = asyncio.Semaphore(at_once or max(1, (os.cpu_count() or 2) // 2))

    @property
    def rules(self) -> VideoRules:
        """What it renders."""
        return _RULES

    @property
    def obstacle(self) -> MiavoError | None:
        """Nothing stands in its way."""
        return None

    @property
    def repeatable(self) -> bool:
        """It may be begun again: it costs nothing."""
        return True

    async def submit(self, task_id: str, plan: VideoPlan) -> Accepted:
        """Take a task; it is rendered when its turn comes."""
        del plan
        return Accepted(task_id)

    async def render(
        self, accepted: Accepted, plan: VideoPlan, image: Path | None, target: Path, told: Told
    ) -> None:
        """Render a task; see `VideoEngine`."""
        del accepted
        width, height = picture_size(plan.aspect_ratio, plan.resolution)
        job = {
            "prompt": plan.prompt,
            "seconds": plan.seconds,
            "width": width,
            "height": height,
            "seed": plan.seed,
            "audio": plan.audio,
            "image": str(image) if image else None,
            "target": str(target),
        }
        async with self._turns:
            told(0)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "miavo_gateway.local.storyboard",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                await _watched(process, json.dumps(job).encode(), told)
            finally:
                if process.returncode is None:
                    process.kill()
                    await asyncio.wait_for(process.wait(), _KILL_SECONDS)

    async def outlive(self, accepted: Accepted) -> bool:
        """What is not wanted any more is not rendered on, and costs nothing."""
        del accepted
        return False


def storyboards(catalogue: Catalogue) -> dict[str, Reachable]:
    """An engine for every model of a catalogue that is a storyboard, by slug."""
    return {
        model.slug: StoryboardEngine()
        for model in catalogue.models
        if model.kind is Kind.VIDEO and (model.provider, model.upstream) == _MODEL
    }


def picture_size(aspect_ratio: str, resolution: str) -> tuple[int, int]:
    """Width and height in pixels: the resolution counts those of the shorter side.

    The longer one is a multiple of 16, the size of the blocks that H.264 is made of.

    Args:
        aspect_ratio: such as `16:9`.
        resolution: such as `720p`.
    """
    across, down = (int(part) for part in aspect_ratio.split(":"))
    short = int(resolution.rstrip("p"))
    long = round(short * max(across, down) / min(across, down) / _BLOCK) * _BLOCK
    return (long, short) if across >= down else (short, long)


async def _watched(process: asyncio.subprocess.Process, job: bytes, told: Told) -> None:
    assert process.stdin is not None, "it was asked for"
    assert process.stdout is not None, "it was asked for"
    assert process.stderr is not None, "it was asked for"
    # Read at the same time, or a process with much to say would wait for a reader for ever.
    words = asyncio.create_task(process.stderr.read())
    try:
        process.stdin.write(job)
        process.stdin.close()
        async for line in process.stdout:
            told(int(line))
        code = await process.wait()
        said = (await words)[-_TOLD_OF_FAULT:].decode(errors="replace")
    except BaseException:
        words.cancel()
        raise
    if code:
        if "No space left on device" in said:
            raise OSError(28, "No space left on device")
        log.error("the storyboard's process ended with %d: %s", code, said)
        raise InternalError("The storyboard could not be rendered; the gateway's log says why.")
