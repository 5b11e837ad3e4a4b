"""From a request to what is rendered: checked against the rules of its model, before it costs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.video import VideoImage, VideoPlan, VideoRules
from miavo_gateway.schema.videos import VideoGenerationRequest
from miavo_gateway.upstream.fetching.media import media_type

if TYPE_CHECKING:
    from miavo_gateway.upstream.fetching.fetcher import Fetcher

__all__ = ["checked_image", "fetched_image", "plan_video"]

_DATA_URL = re.compile(r"data:[^,;]*(?:;[^,;]*)*;base64,", re.IGNORECASE)
_MEGABYTE = 1024 * 1024


def plan_video(request: VideoGenerationRequest, model: Model, rules: VideoRules) -> VideoPlan:
    """What is rendered for a request; its image is not looked at yet.

    Raises:
        InvalidRequest: the model does not render that; names the field and what it takes.
    """
    slug = model.slug
    if not request.prompt.strip():
        raise InvalidRequest("'prompt': must say what is to be seen.", param="prompt")
    if len(request.prompt) > rules.longest_prompt:
        raise InvalidRequest(
            f"'prompt': '{slug}' takes {rules.longest_prompt:,} characters at most, "
            f"and this one has {len(request.prompt):,}.",
            param="prompt",
        )
    resolution = _one_of("resolution", request.resolution, rules.resolutions, slug)
    return VideoPlan(
        prompt=request.prompt,
        aspect_ratio=_one_of("aspect_ratio", request.aspect_ratio, rules.aspect_ratios, slug),
        resolution=resolution,
        seconds=_seconds(request.duration_seconds, resolution, rules, slug),
        seed=_seed(request.seed, rules, slug),
        audio=_audio(request.audio, rules, slug),
        negative_prompt=_negative(request.negative_prompt, rules, slug),
    )


def checked_image(image: str, rules: VideoRules, slug: str) -> VideoImage | None:
    """The image of a `data:` URL; None for a link, which has to be fetched first.

    Raises:
        InvalidRequest: it is neither, or not what the model takes.
    """
    if not rules.image:
        raise InvalidRequest(f"'image': '{slug}' renders from text alone.", param="image")
    found = _DATA_URL.match(image[:200])
    if found is None:
        if image[:8].lower() == "https://":
            return None
        raise InvalidRequest(
            "'image': must be a data: URL with base64, or an https link.", param="image"
        )
    if (len(image) - found.end()) * 3 // 4 > rules.largest_image + 2:
        raise _too_large(rules, slug)
    try:
        data = base64.b64decode(image[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("'image': its base64 cannot be read.", param="image") from None
    return _fitting(data, rules, slug)


async def fetched_image(link: str, rules: VideoRules, slug: str, fetcher: Fetcher) -> VideoImage:
    """The image that a link leads to.

    Raises:
        InvalidRequest: it cannot be had, or is not what the model takes.
    """
    try:
        file = await fetcher.fetch(link)
    except InvalidRequest as error:
        words = error.message.replace("An address in the messages", "The address")
        raise InvalidRequest(f"'image': {words}", param="image") from None
    return _fitting(file.data, rules, slug)


def _fitting(data: bytes, rules: VideoRules, slug: str) -> VideoImage:
    kind = media_type(data)
    if kind is None or kind not in rules.image_types:
        known = _listed([each.partition("/")[2].upper() for each in rules.image_types])
        raise InvalidRequest(f"'image': '{slug}' takes {known}.", param="image")
    if len(data) > rules.largest_image:
        raise _too_large(rules, slug)
    return VideoImage(kind, data)


def _too_large(rules: VideoRules, slug: str) -> InvalidRequest:
    return InvalidRequest(
        f"'image': '{slug}' takes {rules.largest_image // _MEGABYTE} MB at most.", param="image"
    )


def _one_of(name: str, given: str | None, known: Sequence[str], slug: str) -> str:
    if given is None:
        return known[0]
    for each in known:
        if each.lower() == given.lower():
            return each
    raise InvalidRequest(f"'{name}': '{slug}' renders {_listed(known)}.", param=name)


def _seconds(given: int | None, resolution: str, rules: VideoRules, slug: str) -> int:
    known = rules.seconds_at.get(resolution, rules.seconds)
    if given is None:
        return rules.default_seconds if rules.default_seconds in known else known[0]
    if given in known:
        return given
    stretched = rules.stretched.get(given)
    if stretched is not None and stretched in known:
        return stretched
    at = f" at {resolution}" if resolution in rules.seconds_at else ""
    more = _stretched_words({a: b for a, b in rules.stretched.items() if b in known})
    raise InvalidRequest(
        f"'duration_seconds': '{slug}' renders {_numbers(known)} seconds{at}{more}.",
        param="duration_seconds",
    )


def _seed(given: int | None, rules: VideoRules, slug: str) -> int | None:
    if given is None:
        return None
    if rules.seed is None:
        raise InvalidRequest(f"'seed': '{slug}' takes none.", param="seed")
    if given > rules.seed:
        raise InvalidRequest(f"'seed': '{slug}' takes 0 to {rules.seed}.", param="seed")
    return given


def _audio(given: bool | None, rules: VideoRules, slug: str) -> bool:
    if given and not rules.audio:
        raise InvalidRequest(f"'audio': '{slug}' makes no sound; false is taken.", param="audio")
    return rules.default_audio if given is None else given


def _negative(given: str | None, rules: VideoRules, slug: str) -> str | None:
    if given and not rules.negative_prompt:
        raise InvalidRequest(f"'negative_prompt': '{slug}' takes none.", param="negative_prompt")
    if given and len(given) > rules.longest_prompt:
        raise InvalidRequest(
            f"'negative_prompt': '{slug}' takes {rules.longest_prompt:,} characters at most.",
            param="negative_prompt",
        )
    return given or None


def _numbers(known: Sequence[int]) -> str:
    if len(known) == 1:
        return str(known[0])
    if len(known) > 2 and list(known) == list(range(known[0], known[-1] + 1)):
        return f"{known[0]} to {known[-1]}"
    return _listed([str(each) for each in known])


def _stretched_words(stretched: Mapping[int, int]) -> str:
    return "".join(f"; {asked} is rendered as {made}" for asked, made in stretched.items())


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return f"{words[0]} alone"
    return f"{', '.join(words[:-1])} or {words[-1]}"
