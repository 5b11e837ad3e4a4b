"""What the Messages API cannot do as OpenAI's format has it."""

from __future__ import annotations

from miavo_gateway.providers.claude.limits import DROPPED, REFUSED, TRANSLATED
from miavo_gateway.providers.limits import Limit

__all__ = ["LIMITS"]

LIMITS: tuple[Limit, ...] = (
    *REFUSED,
    Limit("messages[].content[].file.file_id", "refused", "Send the file as file_data instead."),
    Limit(
        "temperature",
        "translated",
        "What is above 1 counts as 1. Claude Opus 4.7, and any Claude that reasons, takes 1 alone.",
    ),
    Limit("top_p", "translated", "Not beside temperature; else as temperature."),
    Limit("reasoning_effort", "translated", "Into thinking and effort, as the model has them."),
    Limit("max_tokens", "translated", "Never above the model's own limit; reasoning included."),
    *TRANSLATED,
    Limit("tools[].function.strict", "translated", "Kept where Claude can enforce the schema."),
    Limit("user", "translated", "Into metadata.user_id; an e-mail address or a number is dropped."),
    *DROPPED,
)
