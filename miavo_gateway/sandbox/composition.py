"""What a simulated model says: decided by the request alone, the same for every provider.

A simulator decodes its provider's request into a chat completion request, has the reply composed
here, and writes it down in its provider's format.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from miavo_gateway.local.echo.conversation import Conversation, read_conversation
from miavo_gateway.local.echo.pieces import Call, before_stop
from miavo_gateway.local.echo.structured import formatted
from miavo_gateway.local.echo.tokens import count_tokens, split_tokens
from miavo_gateway.local.echo.tool_choice import calls_wanted
from miavo_gateway.sandbox.directions import Directions, read_directions, without_directions
from miavo_gateway.sandbox.instructions import wanted_format
from miavo_gateway.schema.chat import (
    AssistantMessage,
    ChatCompletionRequest,
    ImagePart,
    Message,
    TextFormat,
    TextPart,
    ToolMessage,
    UserMessage,
)
from miavo_gateway.schema.chunk import FinishReason

__all__ = ["Call", "Composition", "compose"]

_NOTHING = "Nothing but stage directions."
_REFUSAL = "This simulated model was told to refuse."
_SENTENCES = {"minimal": 1, "low": 1, "medium": 2, "high": 3}
"""Sentences of reasoning for an effort; others than these get all four."""
_CACHE_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Composition:
    """A reply, cut to the output limit already."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    """Always whole: a call that an output limit would cut is left out."""
    finish_reason: FinishReason = "stop"
    """"content_filter" with a refusal; some providers end such a reply with "stop"."""
    refusal: str = ""
    """In place of `text` and `calls`."""
    stop_sequence: str | None = None
    """The stop sequence that ended the text."""
    prompt_tokens: int = 0
    """All tokens of the prompt, cached ones included."""
    cached_tokens: int = 0
    """The part of `prompt_tokens` that is said to come from a cache."""
    reasoning_tokens: int = 0
    """The part of `output_tokens` that is reasoning."""
    output_tokens: int = 0

    def text_tokens(self) -> list[str]:
        """The text, token by token."""
        return list(split_tokens(self.text))

    def refusal_tokens(self) -> list[str]:
        """The refusal, token by token."""
        return list(split_tokens(self.refusal))

    def argument_tokens(self, call: Call) -> list[str]:
        """The arguments of a call, token by token; its name is one token more."""
        return list(split_tokens(call.arguments))

    def reasoning_tokens_text(self) -> list[str]:
        """The reasoning, token by token."""
        return list(split_tokens(self.reasoning))


def compose(request: ChatCompletionRequest, *, provider: str, model: str) -> Composition:
    """Compose the reply to a request.

    The reply says that it is simulated and says back the last user text, with what it shows, or
    what the tools returned. Tools are called as `local-echo` does: those that are forced, or that
    the last user text names. `reasoning_effort` other than `none` brings reasoning. `stop`, the
    output limit and `response_format` are kept. A text may hold stage directions; see
    `directions`.

    Args:
        request: the request, whatever language it came in.
        provider: the provider's id in the catalogue.
        model: the model's id at the provider.

    Raises:
        InvalidRequest: media is broken, `tool_choice` or a `tool_call_id` points nowhere, or a
            schema is invalid or cannot be fulfilled.
    """
    conversation = read_conversation(request)
    directions = read_directions(conversation.user_text)
    conversation = replace(
        conversation,
        user_text=without_directions(conversation.user_text),
        saying=without_directions(conversation.saying) or _NOTHING,
    )
    whole = _whole(request, conversation, directions, f"{provider}/{model}")
    limit = request.output_limit
    if directions.length:
        # Half of it is more than nothing and less than all, but for a reply of one token.
        limit = min(limit or whole.output_tokens, max(1, whole.output_tokens // 2))
    return whole if limit is None else _cut(whole, limit)


def _whole(
    request: ChatCompletionRequest, conversation: Conversation, directions: Directions, name: str
) -> Composition:
    reply = Composition(
        reasoning=_reasoning(request, conversation, name),
        prompt_tokens=max(1, conversation.prompt_tokens),
        cached_tokens=_cached(request.messages),
    )
    if directions.refuse:
        return _counted(replace(reply, refusal=_REFUSAL, finish_reason="content_filter"))
    if calls := calls_wanted(request, conversation):
        return _counted(replace(reply, calls=calls, finish_reason="tool_calls"))
    if directions.empty:
        return _counted(reply)
    wanted = wanted_format(request)
    text = formatted(wanted, _saying(request, conversation, name))
    plain = wanted is None or isinstance(wanted, TextFormat)
    if directions.long is not None and plain:
        often = 1 + directions.long // count_tokens(text)
        text = "".join(islice(split_tokens(f"{text} " * often), directions.long))
    kept = before_stop(text, request.stops)
    return _counted(replace(reply, text=kept, stop_sequence=_stopped(request, text, kept)))


def _counted(reply: Composition) -> Composition:
    reasoning = count_tokens(reply.reasoning)
    said = count_tokens(reply.text) + count_tokens(reply.refusal)
    called = sum(_cost(call) for call in reply.calls)
    return replace(reply, reasoning_tokens=reasoning, output_tokens=reasoning + said + called)


def _cut(whole: Composition, limit: int) -> Composition:
    """The reply as far as the limit lets it come: the reasoning first, then the rest."""
    if whole.output_tokens <= limit:
        return whole
    left = limit - whole.reasoning_tokens
    if left <= 0:
        reasoning = "".join(islice(split_tokens(whole.reasoning), limit))
        bare = replace(whole, reasoning=reasoning, text="", refusal="", calls=())
        return _counted(replace(bare, stop_sequence=None, finish_reason="length"))
    calls: list[Call] = []
    for call in whole.calls:
        left -= _cost(call)
        if left < 0:
            break
        calls.append(call)
    left = max(0, left)
    return _counted(
        replace(
            whole,
            text="".join(islice(split_tokens(whole.text), left)),
            refusal="".join(islice(split_tokens(whole.refusal), left)),
            calls=tuple(calls),
            stop_sequence=None,
            finish_reason="length",
        )
    )


def _cost(call: Call) -> int:
    return 1 + count_tokens(call.arguments)


def _saying(request: ChatCompletionRequest, conversation: Conversation, name: str) -> str:
    if conversation.answers_tools:
        return f"Simulated reply of {name}. {conversation.saying}"
    shown = _images(request.messages)
    images = f", with {shown} image{'' if shown == 1 else 's'}" if shown else ""
    return f"Simulated reply of {name}. You said{images}: {conversation.saying}"


def _images(messages: list[Message]) -> int:
    """The images of the last user message."""
    for message in reversed(messages):
        if isinstance(message, UserMessage):
            parts = message.content if isinstance(message.content, list) else []
            return sum(isinstance(part, ImagePart) for part in parts)
    return 0


def _reasoning(request: ChatCompletionRequest, conversation: Conversation, name: str) -> str:
    effort = request.reasoning_effort
    if effort is None or effort == "none":
        return ""
    offered = len(request.tools or ())
    sentences = (
        f"This is simulated reasoning of {name}.",
        f"The prompt has {conversation.prompt_tokens} tokens.",
        f"{offered or 'No'} tool{'' if offered == 1 else 's'} can be called.",
        "So the reply follows from the request alone.",
    )
    return " ".join(sentences[: _SENTENCES.get(effort, len(sentences))])


def _cached(messages: list[Message]) -> int:
    """The text up to the last turn, in blocks, once the conversation has more than one turn."""
    last = next(
        (i for i in range(len(messages) - 1, -1, -1) if isinstance(messages[i], AssistantMessage)),
        0,
    )
    tokens = sum(count_tokens(_text(message)) for message in messages[:last])
    return tokens // _CACHE_BLOCK * _CACHE_BLOCK


def _text(message: Message) -> str:
    content = message.content
    if content is None or isinstance(content, str) or isinstance(message, ToolMessage):
        return content if isinstance(content, str) else ""
    return "\n".join(part.text for part in content if isinstance(part, TextPart))


def _stopped(request: ChatCompletionRequest, text: str, kept: str) -> str | None:
    """The stop sequence that follows the kept text; the longest, where several do."""
    if len(kept) == len(text):
        return None
    found = [stop for stop in request.stops if text.startswith(stop, len(kept))]
    return max(found, key=len, default=None)
