"""Checks of the conversation, in the words of Anthropic's refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miavo_gateway.sandbox.anthropic.models import Claude
from miavo_gateway.sandbox.anthropic.refusals import invalid
from miavo_gateway.sandbox.anthropic.shapes import (
    Block,
    MessagesRequest,
    RedactedThinking,
    Text,
    Thinking,
    ThinkingEnabled,
    ToolResult,
    ToolUse,
    Turn,
)
from miavo_gateway.sandbox.anthropic.signatures import is_redacted, sign

__all__ = ["check_turns"]

_OF_USER = frozenset({"text", "image", "document", "tool_result"})
_OF_ASSISTANT = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})


def check_turns(request: MessagesRequest, model: Claude) -> None:
    """Check all messages.

    Raises:
        AnthropicRefusal: the API would refuse them.
    """
    turns = request.messages
    for index, turn in enumerate(turns):
        _check_blocks(index, turn)
    if turns[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    merged = list(_merged(turns))
    _check_calls(merged)
    if isinstance(request.thinking, ThinkingEnabled):
        _check_thought(merged)
    if turns[-1].role == "assistant":
        _check_prefill(request, model)
    called = any(
        isinstance(block, ToolUse | ToolResult) for turn in turns for block in turn.content
    )
    if called and not request.tools:
        raise invalid(
            "Requests which have `tool_use` or `tool_result` blocks in `messages` must define "
            "tools."
        )


def _check_blocks(index: int, turn: Turn) -> None:
    if turn.role == "system":
        raise invalid(f"messages.{index}: role 'system' is not supported on this model")
    if not turn.content:
        raise invalid(f"messages.{index}: all messages must have non-empty content")
    allowed = _OF_USER if turn.role == "user" else _OF_ASSISTANT
    for place, block in enumerate(turn.content):
        where = f"messages.{index}.content.{place}"
        if block.type not in allowed:
            raise invalid(f"{where}: `{block.type}` blocks are not allowed in `{turn.role}` turns")
        if isinstance(block, Text) and block.text.isspace():
            raise invalid("messages: text content blocks must contain non-whitespace text")
        if isinstance(block, Thinking) and block.signature != sign(block.thinking):
            raise invalid(f"{where}: Invalid `signature` in `thinking` block")
        if isinstance(block, RedactedThinking) and not is_redacted(block.data):
            raise invalid(f"{where}: Invalid `data` in `redacted_thinking` block")


def _merged(turns: Sequence[Turn]) -> Iterator[tuple[int, str, list[Block]]]:
    """The turns with those of one role in a row put together: its first index, role, blocks."""
    start, role, blocks = 0, turns[0].role, list(turns[0].content)
    for index, turn in enumerate(turns[1:], start=1):
        if turn.role == role:
            blocks += turn.content
            continue
        yield start, role, blocks
        start, role, blocks = index, turn.role, list(turn.content)
    yield start, role, blocks


def _check_calls(turns: Sequence[tuple[int, str, list[Block]]]) -> None:
    open_ids: list[str] = []
    seen: set[str] = set()
    for index, role, blocks in turns:
        if role == "user":
            _check_results(index, blocks, open_ids)
            open_ids = []
            continue
        open_ids = [block.id for block in blocks if isinstance(block, ToolUse)]
        if len(set(open_ids)) < len(open_ids) or seen & set(open_ids):
            raise invalid(f"messages.{index}: `tool_use` ids must be unique")
        seen |= set(open_ids)
    if open_ids:
        raise _unanswered(turns[-1][0], open_ids)


def _check_results(index: int, blocks: Sequence[Block], open_ids: Sequence[str]) -> None:
    answered: list[str] = []
    for place, block in enumerate(blocks):
        if not isinstance(block, ToolResult):
            continue
        if block.tool_use_id not in open_ids:
            raise invalid(
                f"messages.{index}.content.{place}: unexpected `tool_use_id` found in "
                f"`tool_result` blocks: {block.tool_use_id}. Each `tool_result` block must have a "
                "corresponding `tool_use` block in the previous message."
            )
        if block.tool_use_id in answered:
            raise invalid(
                f"messages.{index}.content.{place}: each tool_use must have a single result. Found "
                f"multiple `tool_result` blocks with id: {block.tool_use_id}"
            )
        if len(answered) < place:
            raise _unanswered(index, open_ids)  # Something stands before the results.
        answered.append(block.tool_use_id)
    if missing := [each for each in open_ids if each not in answered]:
        raise _unanswered(index, missing)


def _unanswered(index: int, ids: Sequence[str]) -> Exception:
    return invalid(
        f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately "
        f"after: {', '.join(ids)}. Each `tool_use` block must have a corresponding `tool_result` "
        "block in the next message."
    )


def _check_thought(turns: Sequence[tuple[int, str, list[Block]]]) -> None:
    """A turn with tool calls that is still going on has to have begun with a thought."""
    start: tuple[int, list[Block]] | None = None
    for index, role, blocks in turns:
        if role == "assistant":
            start = start or (index, blocks)
        elif not isinstance(blocks[0], ToolResult):
            start = None
    if start is not None and not isinstance(start[1][0], Thinking | RedactedThinking):
        raise invalid(
            f"messages.{start[0]}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
            f"found `{start[1][0].type}`. When `thinking` is enabled, a final `assistant` message "
            "must start with a thinking block."
        )


def _check_prefill(request: MessagesRequest, model: Claude) -> None:
    last = request.messages[-1].content[-1]
    if not model.prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with "
            "a user message."
        )
    if isinstance(last, Text) and last.text != last.text.rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")
