"""A storyboard is a video that plays: its shape, length, sound and words are those asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import pytest
from PIL import Image

from miavo_gateway.local.storyboard.engine import StoryboardEngine, picture_size
from miavo_gateway.local.storyboard.fonts import font_for
from miavo_gateway.local.storyboard.script import write_script
from miavo_gateway.media.inspection import look_at_video
from miavo_gateway.providers.video import VideoPlan
from miavo_gateway.video_engine import Accepted


async def rendered(tmp_path: Path, plan: VideoPlan, image: Path | None = None) -> Path:
    target = tmp_path / "video.mp4"
    told: list[int | None] = []
    await StoryboardEngine().render(Accepted("vid_1"), plan, image, target, told.append)
    assert told == sorted(told, key=lambda percent: percent or 0)
    assert told[0] == 0
    return target


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        ("16:9", "720p", (1280, 720)),
        ("9:16", "480p", (480, 848)),
        ("1:1", "480p", (480, 480)),
        ("4:3", "1080p", (1440, 1080)),
        ("21:9", "480p", (1120, 480)),
    ],
)
async def test_it_has_the_shape_and_the_length_that_were_asked_for(
    tmp_path: Path, ratio: str, resolution: str, size: tuple[int, int]
) -> None:
    assert picture_size(ratio, resolution) == size
    plan = VideoPlan("A lamp in the rain.", ratio, resolution, 1, audio=True)
    facts = look_at_video(await rendered(tmp_path, plan))
    assert (facts.width, facts.height) == size
    assert (facts.milliseconds, facts.sound, facts.container) == (1_000, True, "mp4")


async def test_the_same_seed_makes_the_same_file_in_every_shape(tmp_path: Path) -> None:
    for ratio, resolution in (("1:1", "480p"), ("16:9", "480p"), ("21:9", "720p")):
        plan = VideoPlan("A fox wakes, then it runs.", ratio, resolution, 1, seed=7)
        files = {(await rendered(tmp_path, plan)).read_bytes() for _ in range(3)}
        assert len(files) == 1, (ratio, resolution)


async def test_players_take_it_and_it_moves(tmp_path: Path) -> None:
    plan = VideoPlan("A lamp in the rain.", "16:9", "480p", 4, seed=3)
    with av.open(str(await rendered(tmp_path, plan))) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert not container.streams.audio
        pictures = [frame.to_image() for frame in container.decode(stream)]
    assert len(pictures) == 4 * 24
    assert len({picture.tobytes() for picture in pictures}) > 48


async def test_a_prompt_of_any_length_and_script_is_rendered(tmp_path: Path) -> None:
    for prompt in ("雨" * 400, "x" * 4_000, "…", "a,,,. . then", "🙂 " * 50, "\n\t-"):
        plan = VideoPlan(prompt, "9:16", "480p", 1)
        assert look_at_video(await rendered(tmp_path, plan)).milliseconds == 1_000


async def test_an_image_is_seen_in_the_first_scene(tmp_path: Path) -> None:
    image = tmp_path / "red.png"
    Image.new("RGB", (64, 64), (250, 0, 0)).save(image)
    plan = VideoPlan("A lamp.", "16:9", "480p", 1)
    with av.open(str(await rendered(tmp_path, plan, image))) as container:
        first = next(container.decode(container.streams.video[0])).to_image()
    red, green, blue = first.getpixel((first.width // 2, first.height // 3))  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 60


async def test_who_waits_no_more_stops_the_process(tmp_path: Path) -> None:
    plan = VideoPlan("A lamp.", "16:9", "1080p", 30)
    begun = asyncio.Event()
    work = asyncio.create_task(
        StoryboardEngine().render(
            Accepted("vid_1"), plan, None, tmp_path / "video.mp4", lambda percent: begun.set()
        )
    )
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 10)


def test_a_script_is_the_prompt_in_as_many_scenes_as_there_is_time_for() -> None:
    prompt = "A fox wakes, then it runs. Snow falls while the sun sets; night comes."
    assert [scene.caption for scene in write_script(prompt, 12, 1).scenes] == [
        "A fox wakes",
        "it runs",
        "Snow falls",
        "the sun sets",
        "night comes",
    ]
    assert len(write_script(prompt, 4, 1).scenes) == 1
    assert write_script(prompt, 8, None) == write_script(prompt, 8, None)
    assert write_script(prompt, 8, 1) != write_script(prompt, 8, 2)


def test_accents_and_other_alphabets_have_letters() -> None:
    text = "Mädchen señales Жёлтый λόγος — “quoted”"
    font = font_for(text, 24)
    missing = bytes(font.getmask("\uffff"))
    assert [each for each in text if bytes(font.getmask(each)) == missing] == []
