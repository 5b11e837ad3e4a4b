"""What Claude on Bedrock cannot do as OpenAI's format has it."""

from __future__ import annotations

from miavo_gateway.providers.claude.limits import DROPPED, REFUSED, TRANSLATED
from miavo_gateway.providers.limits import Limit

__all__ = ["LIMITS"]

LIMITS: tuple[Limit, ...] = (
    *REFUSED,
    Limit("messages[].content[].file.file_id", "refused", "Bedrock keeps no files."),
    Limit("reasoning_effort", "translated", "Into Claude's thinking, by model; see its entry."),
    Limit("temperature", "translated", "Claude's ends at 1; what is above counts as 1."),
    Limit("temperature", "refused", "Beside top_p, beside thinking, and by Opus 4.7; 1 is taken."),
    Limit("top_p", "refused", "Beside temperature, and by Opus 4.7; 1 is taken."),
    Limit("parallel_tool_calls", "refused", "False, by models before 4.5."),
    Limit("max_tokens", "translated", "Into maxTokens, and never above the model's own limit."),
    *TRANSLATED,
    Limit("tools[].function.strict", "dropped", "Not every Claude on Bedrock takes it."),
    *DROPPED,
    Limit("user", "dropped", "Bedrock has no such field."),
)
