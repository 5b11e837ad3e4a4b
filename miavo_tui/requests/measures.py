"""What a request used, in words: tokens, or what else its kind is measured in."""

from __future__ import annotations

from miavo_tui.amount_text import count_text, counted
from miavo_tui.usage_records import UsageRow

__all__ = ["brief_in_and_out", "used_anything", "words_in_and_out"]


def used_anything(row: UsageRow) -> bool:
    """Whether the request used something that could be charged."""
    return bool(
        row.prompt_tokens or row.output_tokens or row.characters or row.images or row.seconds
    )


def words_in_and_out(row: UsageRow) -> tuple[str, str]:
    """What went in and what came out: tokens, else characters, images, seconds.

    Of a video, `("", "8 s of video")`; of speech, `("1,200 characters", "75.3 s of sound")`.
    """
    if row.prompt_tokens or row.output_tokens or not used_anything(row):
        return f"{row.prompt_tokens:,} in", f"{row.output_tokens:,} out"
    kind = "video" if "/videos/" in row.endpoint else "sound"
    seconds = f"{row.seconds:,.2f}".rstrip("0").rstrip(".") + f" s of {kind}" if row.seconds else ""
    characters = _counted(row.characters, "character")
    images = _counted(row.images, "image")
    if _heard(row):
        return seconds, ""
    return characters, ", ".join(each for each in (images, seconds) if each)


def brief_in_and_out(row: UsageRow) -> tuple[str, str]:
    """The same for columns of five cells: tokens, else seconds; a dash where there are none."""
    tokens = (row.prompt_tokens, row.output_tokens)
    into, out = (count_text(count) if count else "—" for count in tokens)
    if any(tokens) or not row.seconds:
        return into, out
    seconds = f"{row.seconds:.2g}s" if row.seconds < 9.95 else f"{row.seconds:.0f}s"
    return (seconds, out) if _heard(row) else (into, seconds)


def _heard(row: UsageRow) -> bool:
    """Whether it was sound that went in."""
    return row.endpoint.endswith("/transcriptions")


def _counted(count: int, what: str) -> str:
    return counted(count, what) if count else ""
