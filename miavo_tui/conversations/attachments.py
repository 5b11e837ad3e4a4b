"""Images and sounds that go with a prompt, told by their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

__all__ = [
    "AttachmentProblem",
    "LoadedFile",
    "are_files",
    "load",
    "size_text",
    "sound_or_image",
]

MEBIBYTE = 1024 * 1024
MOST_BYTES = {"image": 20 * MEBIBYTE, "audio": 25 * MEBIBYTE}
"""What providers take at the most, of one file."""


class AttachmentProblem(Exception):
    """A file cannot go with a prompt. Its text says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file's bytes, and what they are."""

    name: str
    mime: str
    data: bytes


def are_files(paths: Sequence[Path]) -> bool:
    """Whether each path leads to a file whose name is that of an image or a sound. Blocks."""
    kinds = {(guess_type(path.name)[0] or "").partition("/")[0] for path in paths}
    try:
        return kinds <= {"image", "audio"} and all(path.is_file() for path in paths)
    except OSError:
        return False


def load(path: Path) -> LoadedFile:
    """Reads a file. Blocks.

    Raises:
        AttachmentProblem: it is not there, cannot be read, is too large, or is of another kind.
    """
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise AttachmentProblem(f"{name} is a folder.")
        size = path.stat().st_size
        if size > max(MOST_BYTES.values()):
            raise AttachmentProblem(_too_large(name, size, "file"))
        data = path.read_bytes()
    except FileNotFoundError:
        raise AttachmentProblem(f"There is no file {path}.") from None
    except OSError as error:
        raise AttachmentProblem(f"{name} cannot be read: {error.strerror}.") from None
    if not data:
        raise AttachmentProblem(f"{name} is empty.")
    mime = sound_or_image(data)
    if mime is None:
        raise AttachmentProblem(
            f"{name} is neither an image (PNG, JPEG, GIF, WebP) nor a sound (WAV, MP3, FLAC, Ogg, "
            "M4A, WebM)."
        )
    kind = mime.partition("/")[0]
    if len(data) > MOST_BYTES[kind]:
        raise AttachmentProblem(_too_large(name, len(data), kind))
    return LoadedFile(name, mime, data)


def sound_or_image(data: bytes) -> str | None:
    """The type of an image or a sound, from its first bytes; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data.startswith(b"fLaC"):
        return "audio/flac"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data[4:8] == b"ftyp" and data[8:12] in (b"M4A ", b"M4B ", b"mp42", b"isom", b"dash"):
        return "audio/mp4"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "audio/webm"
    if data.startswith((b"\xff\xf1", b"\xff\xf9")):
        return "audio/aac"
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and data[1:2] >= b"\xe2"):
        return "audio/mpeg"
    return None


def size_text(size: int) -> str:
    """Such as `340 KB` or `2.1 MB`."""
    if size < MEBIBYTE:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / MEBIBYTE:.1f} MB"


def _too_large(name: str, size: int, kind: str) -> str:
    most = MOST_BYTES.get(kind, max(MOST_BYTES.values()))
    return f"{name} has {size_text(size)}; {size_text(most)} is the most for this kind of file."
