"""What Claude cannot do as OpenAI's format has it, whoever serves it."""

from __future__ import annotations

from collections.abc import Iterator

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.limits import Limit
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["DROPPED", "REFUSED", "TRANSLATED", "refuse_impossible"]

REFUSED: tuple[Limit, ...] = (
    Limit("n", "refused", "Claude gives one choice; 1 is taken."),
    Limit("logprobs", "refused", "Claude tells no probabilities; false is taken."),
    Limit("top_logprobs", "refused", "Claude tells no probabilities; 0 is taken."),
    Limit("logit_bias", "refused", "Claude has none; an empty one is taken."),
    Limit("presence_penalty", "refused", "Claude has none; 0 is taken."),
    Limit("frequency_penalty", "refused", "Claude has none; 0 is taken."),
    Limit("modalities", "refused", "Claude does not speak; text is taken."),
    Limit("messages[].content[].input_audio", "refused", "Claude does not hear."),
    Limit("stop", "refused", "Refused only if a sequence is white space alone."),
)
TRANSLATED: tuple[Limit, ...] = (
    Limit("response_format", "translated", "Natively, else by a forced tool or an instruction."),
    Limit("messages[].role", "translated", "Later system messages become text of the user."),
    Limit("tools[].function.name", "translated", "A dot becomes an underscore, and back."),
)
DROPPED: tuple[Limit, ...] = (
    Limit("messages[].content[].image_url.detail", "dropped", "Claude has one size of image."),
    Limit("messages[].name", "dropped", "Claude knows no names of speakers."),
    Limit("seed", "dropped", "Claude has none; OpenAI promises no more than best effort."),
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
    for field in ("logprobs", "top_logprobs"):
        if getattr(request, field):
            yield field, "cannot be had: Claude tells no probabilities."
    for field in ("logit_bias", "presence_penalty", "frequency_penalty"):
        if getattr(request, field):
            yield field, "cannot be set: Claude has no such setting."
    if "audio" in (request.modalities or ()):
        yield "modalities", "asks for audio, but Claude does not speak."
    if any(stop.isspace() for stop in request.stops):
        yield "stop", "has a sequence of white space alone, which Claude refuses."
