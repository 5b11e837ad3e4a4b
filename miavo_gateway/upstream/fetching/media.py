"""What a file is, from its first bytes: a server's word for it is not taken."""

from __future__ import annotations

from typing import Final

__all__ = ["IMAGES", "PDF", "media_type"]

PDF: Final = "application/pdf"
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

# The patterns of the WHATWG's MIME Sniffing standard, sections 6.1 and 7.1.
_BEGINS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
)


def media_type(data: bytes) -> str | None:
    """The media type of an image or a PDF; None for everything else."""
    for begin, kind in _BEGINS:
        if data.startswith(begin):
            return kind
    # RIFF, four bytes of length, WEBPVP
    if data[:4] == b"RIFF" and data[8:14] == b"WEBPVP":
        return "image/webp"
    return None
