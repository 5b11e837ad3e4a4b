"""Draws the pictures of a storyboard, one after another, with Pillow.

What stands still in a scene is drawn once and pasted into each picture; that is what makes it
quick enough for one core.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from miavo_gateway.local.storyboard.fonts import font_for
from miavo_gateway.local.storyboard.script import Scene, Script

__all__ = ["draw"]

_WHITE = (245, 245, 240)
_GREY = (170, 170, 165)
_FADE = 8
"""Pictures over which one scene becomes the next."""
_PAN = 1.12
"""How much wider a scene is than what is seen of it."""


def draw(
    script: Script, size: tuple[int, int], *, pictures: int, rate: int, still: Image.Image | None
) -> Iterator[Image.Image]:
    """The pictures: a title, then the scenes, each as long as the others.

    Args:
        script: what is shown.
        size: width and height in pixels.
        pictures: how many.
        rate: how many a second, for the time shown.
        still: what the first scene shows, where the request came with an image.
    """
    parts: list[_Part] = [_title(script, size)]
    for number, scene in enumerate(script.scenes, start=1):
        shown = still if number == 1 else None
        parts.append(_scene(scene, size, f"SCENE {number} / {len(script.scenes)}", shown))
    if pictures < rate * 2:
        parts = parts[1:2]  # A clip this short has no time for a title.
    each = pictures / len(parts)
    for number in range(pictures):
        at = min(int(number / each), len(parts) - 1)
        within = (number - at * each) / each
        picture = parts[at].picture(within, number)
        into = number - math.ceil(at * each)
        if at and 0 <= into < _FADE:
            before = parts[at - 1].picture(1.0, number)
            picture = Image.blend(before, picture, (into + 1) / (_FADE + 1))
        _stamp(picture, number, rate)
        yield picture


@dataclass(frozen=True, slots=True)
class _Part:
    size: tuple[int, int]
    background: Image.Image
    """Wider than `size`: the camera moves over it."""
    overlay: Image.Image
    """What stands still in front."""
    mask: Image.Image
    scene: Scene | None

    def picture(self, within: float, number: int) -> Image.Image:
        """The picture at a moment of the part, from 0 to 1."""
        width, height = self.size
        room_x, room_y = self.background.width - width, self.background.height - height
        eased = within * within * (3 - 2 * within)
        if self.scene is not None and self.scene.drift < 0:
            eased = 1 - eased
        x, y = round(room_x * eased), round(room_y * (1 - eased) / 2)
        picture = self.background.crop((x, y, x + width, y + height))
        if self.scene is not None:
            _move(ImageDraw.Draw(picture), self.scene, self.size, within, number)
        picture.paste(self.overlay, (0, 0), self.mask)
        return picture


def _title(script: Script, size: tuple[int, int]) -> _Part:
    width, height = size
    first = script.scenes[0]
    background = _gradient(size, first.ground, _darker(first.sky))
    overlay = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(overlay)
    small, large = _small(size), font_for(script.title, _unit(size) * 3 // 2)
    left, wide = width // 10, width - width // 5
    pen.text((left, height // 8), "STORYBOARD", font=small, fill=(*first.light, 255))
    lines = _wrapped(script.title, large, wide, most=6)
    _write(pen, lines, large, (left, height // 8 + _unit(size) * 2), _WHITE)
    rule = height - height // 8
    pen.line((left, rule, left + wide, rule), fill=(*first.light, 255), width=max(2, height // 240))
    pen.text((left, rule + height // 40), f"{len(script.scenes)} scenes", font=small, fill=_GREY)
    return _part(size, background, overlay, None)


def _scene(scene: Scene, size: tuple[int, int], label: str, still: Image.Image | None) -> _Part:
    width, height = size
    wide = (round(width * _PAN) // 2 * 2, round(height * _PAN) // 2 * 2)
    background = _landscape(scene, wide) if still is None else _filled(still, wide)
    overlay = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(overlay)
    small, text = _small(size), font_for(scene.caption, _unit(size))
    lines = _wrapped(scene.caption, text, width - width // 8, most=4)
    step = _unit(size) * 5 // 4
    top = height - step * len(lines) - height // 12
    pen.rectangle((0, top - height // 40, width, height), fill=(8, 8, 10, 190))
    _write(pen, lines, text, (width // 16, top), _WHITE)
    pen.text((width // 16, height // 20), label, font=small, fill=_WHITE)
    _corners(pen, size)
    return _part(size, background, overlay, scene if still is None else None)


def _part(
    size: tuple[int, int], background: Image.Image, overlay: Image.Image, scene: Scene | None
) -> _Part:
    return _Part(size, background, overlay.convert("RGB"), overlay.getchannel("A"), scene)


def _landscape(scene: Scene, size: tuple[int, int]) -> Image.Image:
    """Sky, a light in it, and ridges before one another."""
    width, height = size
    chance = random.Random(scene.seed)
    image = _gradient(size, scene.sky, _lighter(scene.sky))
    pen = ImageDraw.Draw(image)
    radius = height // chance.randint(9, 14)
    x, y = chance.randint(width // 5, width * 4 // 5), chance.randint(height // 6, height // 3)
    for ring in range(4, 0, -1):
        grown = radius + radius * (ring - 1) // 3
        colour = _mixed(scene.light, scene.sky, (ring - 1) / 4)
        pen.ellipse((x - grown, y - grown, x + grown, y + grown), fill=colour)
    for ridge in range(3):
        base = height * (0.52 + 0.13 * ridge)
        waves = [(chance.uniform(1, 5), chance.uniform(0, math.tau)) for _ in range(3)]
        line = [
            (
                column,
                base
                + height
                * 0.035
                * sum(
                    math.sin(column / width * math.tau * often + start) for often, start in waves
                ),
            )
            for column in range(0, width + 16, 16)
        ]
        colour = _mixed(scene.ground, scene.sky, 0.45 - 0.2 * ridge)
        pen.polygon([*line, (width, height), (0, height)], fill=colour)
    return image


def _move(
    pen: ImageDraw.ImageDraw, scene: Scene, size: tuple[int, int], within: float, number: int
) -> None:
    """What moves in a scene: rain, snow, birds or sparks."""
    width, height = size
    chance = random.Random(scene.seed)
    unit = max(2, height // 180)
    floor = height * 3 // 4
    for _ in range(26):
        x, y, pace = chance.random(), chance.random(), 0.4 + chance.random()
        match scene.motif:
            case 0:
                fall = (y + number * 0.02 * pace) % 1.0 * floor
                left = x * width
                pen.line((left, fall, left - unit, fall + unit * 6), fill=scene.light, width=unit)
            case 1:
                fall = (y + number * 0.004 * pace) % 1.0 * floor
                sway = (x + 0.01 * math.sin(number / 9 + y * 20)) * width
                pen.ellipse((sway, fall, sway + unit * 2, fall + unit * 2), fill=scene.light)
            case 2:
                left = (x + within * 0.3 * pace) % 1.0 * width
                up, flap = y * floor / 2 + unit * 8, math.sin(number / 3 + x * 9) * unit * 3
                wing = unit * 4
                pen.line((left - wing, up - flap, left, up), fill=scene.light, width=unit)
                pen.line((left, up, left + wing, up - flap), fill=scene.light, width=unit)
            case _:
                rise = floor - (y + number * 0.008 * pace) % 1.0 * floor
                glow = abs(math.sin(number / 8 + x * 30)) * unit * 2
                left = x * width
                pen.ellipse((left, rise, left + glow, rise + glow), fill=scene.light)


def _corners(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    """The marks of a viewfinder."""
    width, height = size
    short = min(size)
    inset, long, thick = short // 30, short // 14, max(2, short // 300)
    for x, y, across, down in (
        (inset, inset, 1, 1),
        (width - inset, inset, -1, 1),
        (inset, height - inset, 1, -1),
        (width - inset, height - inset, -1, -1),
    ):
        pen.line((x, y, x + across * long, y), fill=(*_WHITE, 160), width=thick)
        pen.line((x, y, x, y + down * long), fill=(*_WHITE, 160), width=thick)


def _stamp(picture: Image.Image, number: int, rate: int) -> None:
    """The time, in a corner."""
    seconds, rest = divmod(number, rate)
    text = f"{seconds // 60:02d}:{seconds % 60:02d}:{rest:02d}"
    size = picture.size
    font = _small(size)
    right = size[0] - size[0] // 16 - round(font.getlength("00:00:00"))
    ImageDraw.Draw(picture).text((right, size[1] // 20), text, font=font, fill=_GREY)


def _write(
    pen: ImageDraw.ImageDraw,
    lines: list[str],
    font: ImageFont.FreeTypeFont,
    at: tuple[int, int],
    colour: tuple[int, int, int],
) -> None:
    x, y = at
    for line in lines:
        pen.text((x, y), line, font=font, fill=(*colour, 255))
        y += round(font.size * 5 / 4)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, wide: int, *, most: int) -> list[str]:
    """Lines that fit; what does not is left out, and that shows."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        # A word that is wider than a line, or a language without spaces, breaks anywhere.
        for piece in _pieces(word, font, wide):
            longer = f"{line} {piece}".strip()
            if line and font.getlength(longer) > wide:
                lines.append(line)
                line = piece
            else:
                line = longer
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip(" .,") + "…"]
    return lines


def _pieces(word: str, font: ImageFont.FreeTypeFont, wide: int) -> Iterator[str]:
    while word and font.getlength(word) > wide:
        cut = max(1, int(len(word) * wide / font.getlength(word)) - 1)
        yield word[:cut]
        word = word[cut:]
    if word:
        yield word


def _small(size: tuple[int, int]) -> ImageFont.FreeTypeFont:
    """The font of marks and numbers."""
    return font_for("0", _unit(size) * 2 // 3)


def _unit(size: tuple[int, int]) -> int:
    """The height of a caption's letters: by the shorter side, so that upright pictures fit too."""
    return max(10, min(size[1] // 18, size[0] // 18))


def _gradient(
    size: tuple[int, int], top: tuple[int, int, int], bottom: tuple[int, int, int]
) -> Image.Image:
    column = Image.new("RGB", (1, 64))
    for row in range(64):
        column.putpixel((0, row), _mixed(top, bottom, row / 63))
    return column.resize(size, Image.Resampling.BILINEAR)


def _filled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An image scaled to fill a size, its edges cut off."""
    scale = max(size[0] / image.width, size[1] / image.height)
    wide, high = math.ceil(image.width * scale), math.ceil(image.height * scale)
    grown = image.convert("RGB").resize((wide, high), Image.Resampling.BILINEAR)
    left, top = (wide - size[0]) // 2, (high - size[1]) // 2
    return grown.crop((left, top, left + size[0], top + size[1]))


def _mixed(
    one: tuple[int, int, int], other: tuple[int, int, int], part: float
) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _darker(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    return _mixed(colour, (0, 0, 0), 0.5)


def _lighter(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    return _mixed(colour, (255, 255, 255), 0.35)
