"""What Claude on Bedrock cannot do as OpenAI's format has it."""

from __future__ import annotations

from collections.abc import Iterator

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.limits import Limit
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["LIMITS", "refuse_impossible"]

LIMITS: tuple[Limit, ...] = (
    Limit("n", "refused", "Claude gives one choice; 1 is taken."),
    Limit("logprobs", "refused", "Claude tells no probabilities; false is taken."),
    Limit("top_logprobs", "refused", "Claude tells no probabilities; 0 is taken."),
    Limit("logit_bias", "refused", "Claude has none; an empty one is taken."),
    Limit("presence_penalty", "refused", "Claude has none; 0 is taken."),
    Limit("frequency_penalty", "refused", "Claude has none; 0 is taken."),
    Limit("messages[].content[].input_audio", "refused", "Claude does not hear."),
    Limit("messages[].content[].file.file_id", "refused", "Bedrock keeps no files."),
    Limit("stop", "refused", "A stop sequence of white space alone is refused by Claude."),
    Limit("reasoning_effort", "translated", "Into Claude's thinking, by model; see its entry."),
    Limit("temperature", "translated", "Claude's ends at 1; what is above counts as 1."),
    Limit("temperature", "refused", "Beside top_p, beside thinking, and by Opus 4.7; 1 is taken."),
    Limit("top_p", "refused", "Beside temperature, and by Opus 4.7; 1 is taken."),
    Limit("parallel_tool_calls", "refused", "False, by models before 4.5."),
    Limit("max_tokens", "translated", "Into maxTokens, and never above the model's own limit."),
    Limit("response_format", "translated", "Natively, else by a forced tool or an instruction."),
    Limit("tools[].function.name", "translated", "A dot becomes an underscore, and back."),
    Limit("tools[].function.strict", "dropped", "Not every Claude on Bedrock takes it."),
    Limit("messages[].content[].image_url.detail", "dropped", "Claude has one size of image."),
    Limit("messages[].name", "dropped", "Claude knows no names of speakers."),
    Limit("seed", "dropped", "Claude has none; OpenAI promises no more than best effort."),
    Limit("user", "dropped", "Bedrock has no such field."),
)


def refuse_impossible(request: ChatCompletionRequest) -> None:
    """Refuse what Claude cannot do at all.

    Raises:
        InvalidRequest: names the first field at fault.
    """
    for field, words in _impossible(request):
        raise InvalidRequest(f"'{field}' {words}", param=field)


def _impossible(request: ChatCompletionRequest) -> Iterator[tuple[str, str]]:
    if request.choices_wanted > 1:
        yield "n", f"is {request.n}, but Claude gives one choice a request."
    if request.logprobs or request.top_logprobs:
        field = "logprobs" if request.logprobs else "top_logprobs"
        yield field, "cannot be had: Claude tells no probabilities."
    if request.logit_bias:
        yield "logit_bias", "cannot be had: Claude has no such setting."
    if request.presence_penalty:
        yield "presence_penalty", "cannot be had: Claude has no such setting; 0 is taken."
    if request.frequency_penalty:
        yield "frequency_penalty", "cannot be had: Claude has no such setting; 0 is taken."
    stops = [request.stop] if isinstance(request.stop, str) else request.stop or ()
    if any(stop.isspace() for stop in stops):
        yield "stop", "has a sequence of white space alone, which Claude refuses."
