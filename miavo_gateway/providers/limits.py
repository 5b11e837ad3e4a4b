"""What a provider does with a field of OpenAI's that it has no equal for, for the docs page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What becomes of one field."""

    field: str
    """The field of the request, such as `logprobs` or `messages[].content[].input_audio`."""
    treatment: Literal["refused", "dropped", "translated"]
    """Refused where leaving it out would change the answer, dropped where it would not."""
    note: str
    """A sentence for a person: why, or into what."""
