"""What the image endpoints take. They answer no image yet, so little of it is looked at."""

from __future__ import annotations

from miavo_gateway.schema.chat import Wire

__all__ = ["ImageRequest"]


class ImageRequest(Wire):
    """A picture to make, to change or to vary."""

    model: str
    """A slug."""
    prompt: str | None = None
    """What is to be seen."""
