"""What Gemini cannot do as OpenAI's format has it."""

from __future__ import annotations

from collections.abc import Iterator

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.gemini.rules import GeminiRules
from miavo_gateway.providers.limits import Limit
from miavo_gateway.schema.chat import ChatCompletionRequest, JsonObjectFormat, JsonSchemaFormat

__all__ = ["LIMITS", "MOST_STOPS", "refuse_impossible"]

MOST_STOPS = 5

LIMITS: tuple[Limit, ...] = (
    Limit("n", "refused", "Gemini's newer models give one choice; trait `candidates` allows more."),
    Limit("logprobs", "refused", "Not enabled for most models; trait `logprobs` allows it."),
    Limit("top_logprobs", "refused", "As logprobs."),
    Limit("logit_bias", "refused", "Gemini has none; an empty one is taken."),
    Limit("presence_penalty", "refused", "Not enabled; 0 is taken. Trait `penalties` allows it."),
    Limit("frequency_penalty", "refused", "Not enabled; 0 is taken. Trait `penalties` allows it."),
    Limit("messages[].content[].file.file_id", "refused", "Files are sent along, not kept."),
    Limit("stop", "refused", f"More than {MOST_STOPS} sequences; an empty one is left out."),
    Limit("response_format", "refused", "JSON beside tools before Gemini 3; taken otherwise."),
    Limit("reasoning_effort", "translated", "Into thinkingLevel or thinkingBudget, by model."),
    Limit("max_tokens", "translated", "Into maxOutputTokens, which counts the thoughts too."),
    Limit("parallel_tool_calls", "translated", "false keeps the first call of a reply alone."),
    Limit("tools[].function.parameters", "translated", "Into the subset of JSON Schema it has."),
    Limit("tools[].function.strict", "translated", "Into the mode VALIDATED, for all functions."),
    Limit("tools[].function.name", "translated", "One that begins with a digit gets a '_' first."),
    Limit("seed", "translated", "Its lower 31 bits: Gemini's is a number of 32 bits."),
    Limit("messages[].content[].image_url.detail", "dropped", "Gemini chooses the resolution."),
    Limit("messages[].name", "dropped", "Gemini knows no names of speakers."),
    Limit("messages[].reasoning_content", "dropped", "Gemini takes its signatures back instead."),
    Limit("user", "dropped", "Gemini has no such field."),
)


def refuse_impossible(request: ChatCompletionRequest, rules: GeminiRules) -> None:
    """Refuse what the model cannot do.

    Raises:
        InvalidRequest: names the first field at fault.
    """
    for field, words in _impossible(request, rules):
        raise InvalidRequest(f"'{field}' {words}", param=field)


def _impossible(request: ChatCompletionRequest, rules: GeminiRules) -> Iterator[tuple[str, str]]:
    if request.choices_wanted > rules.candidates:
        most = "one choice" if rules.candidates == 1 else f"{rules.candidates} choices"
        yield "n", f"is {request.n}, but this model gives {most} a request."
    if not rules.logprobs and (request.logprobs or request.top_logprobs):
        field = "logprobs" if request.logprobs else "top_logprobs"
        yield field, "cannot be had: this model tells no probabilities."
    if request.logit_bias:
        yield "logit_bias", "cannot be had: Gemini has no such setting."
    if not rules.penalties:
        if request.presence_penalty:
            yield "presence_penalty", "cannot be had: this model takes 0 only."
        if request.frequency_penalty:
            yield "frequency_penalty", "cannot be had: this model takes 0 only."
    if len(request.stops) > MOST_STOPS:
        yield "stop", f"has more than the {MOST_STOPS} sequences that Gemini takes."
    wants_json = isinstance(request.response_format, JsonObjectFormat | JsonSchemaFormat)
    if wants_json and request.tools and not rules.schema_beside_tools:
        yield "response_format", "and 'tools' do not go together with this model."
