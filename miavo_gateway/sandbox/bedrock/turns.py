"""Checks of the conversation, in the words of AWS's refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from miavo_gateway.sandbox.bedrock.refusals import invalid, malformed, model_says
from miavo_gateway.sandbox.bedrock.shapes import Block, ConverseRequest, Document, Message
from miavo_gateway.sandbox.bedrock.signatures import sign

__all__ = ["check_turns", "has_tool_blocks", "the_one"]

_DOCUMENT_NAME = re.compile(r"[A-Za-z0-9()\[\]-]+(?:\s[A-Za-z0-9()\[\]-]+)*")
_OF_USER = frozenset({"text", "image", "document", "tool_result", "cache_point"})
_OF_ASSISTANT = frozenset({"text", "tool_use", "reasoning_content", "cache_point"})
_MOST_IMAGES = 20
_MOST_DOCUMENTS = 5


def the_one(union: Struct, path: str) -> str:
    """The name of the member that a union has.

    Raises:
        AwsRefusal: it has none, or several.
    """
    given = [name for name in union.__struct_fields__ if getattr(union, name) is not None]
    if len(given) != 1:
        raise malformed(f"Expected one member of a union, got {len(given)} - at `{path}`")
    return given[0]


def has_tool_blocks(messages: Sequence[Message]) -> bool:
    """Whether tools have been called in the conversation."""
    return any(
        block.tool_use is not None or block.tool_result is not None
        for message in messages
        for block in message.content
    )


def check_turns(request: ConverseRequest, model_id: str) -> None:
    """Check all messages.

    Raises:
        AwsRefusal: the service or the model would refuse them.
    """
    messages = request.messages
    if not messages:
        raise invalid("The messages field is empty. Add a Message object and try again.")
    for index, message in enumerate(messages):
        if message.role == "system":
            raise model_says(f"messages.{index}: role 'system' is not supported on this model")
        if index and message.role == messages[index - 1].role:
            raise invalid(
                "A conversation must alternate between user and assistant roles. Make sure the "
                "conversation alternates between user and assistant roles and try again."
            )
        _check_blocks(index, message, model_id)
        _check_results(index, messages)
    documents = list(_documents(messages))
    names = [document.name.lower() for document in documents]
    if len(set(names)) < len(names):
        raise invalid(
            "Messages can't contain duplicate document names. Rename the document and retry your "
            "request."
        )
    if has_tool_blocks(messages) and request.tool_config is None:
        raise invalid(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        )


def _check_blocks(index: int, message: Message, model_id: str) -> None:
    if not message.content:
        raise invalid(
            f"The content field in the Message object at messages.{index} is empty. Add a "
            "ContentBlock object to the content field and try again."
        )
    allowed = _OF_USER if message.role == "user" else _OF_ASSISTANT
    kinds = []
    for number, block in enumerate(message.content):
        kind = the_one(block, f"$.messages[{index}].content[{number}]")
        if kind not in allowed:
            raise invalid(
                f"The {kind} block at messages.{index}.content.{number} can't be in a message of "
                f"the role {message.role}."
            )
        kinds.append(kind)
        _check_block(block, f"messages.{index}.content.{number}", model_id)
    if "document" in kinds and "text" not in kinds:
        raise invalid(
            f"A text block must be in the message at messages.{index} to use a document block."
        )
    if "document" in kinds and "tool_result" in kinds:
        raise invalid(
            "Conversation blocks and tool result blocks cannot be provided in the same turn."
        )
    if kinds.count("image") > _MOST_IMAGES or kinds.count("document") > _MOST_DOCUMENTS:
        raise invalid(f"There are too many images or documents at messages.{index}.")


def _check_block(block: Block, path: str, model_id: str) -> None:
    if block.text is not None and not block.text.strip():
        raise invalid(
            f"The text field in the ContentBlock object at {path} is blank. Add text to the text "
            "field, and try again."
        )
    if block.tool_use is not None and not isinstance(block.tool_use.input, dict):
        raise invalid(
            f"The format of the value at {path}.toolUse.input is invalid. Provide a json "
            "object for the field and try again."
        )
    if block.tool_result is not None:
        if not block.tool_result.content:
            raise invalid(f"The content field at {path}.toolResult cannot be empty.")
        for number, part in enumerate(block.tool_result.content):
            the_one(part, f"$.{path}.toolResult.content[{number}]")
            if part.text is not None and not part.text.strip():
                raise invalid(f"The text field at {path}.toolResult.content.{number} is blank.")
    if block.document is not None:
        the_one(block.document.source, f"$.{path}.document.source")
        if not _DOCUMENT_NAME.fullmatch(block.document.name):
            raise invalid(
                "The document file name can only contain alphanumeric characters, whitespace "
                "characters, hyphens, parentheses, and square brackets. The name can't contain "
                "more than one consecutive whitespace character."
            )
    if block.reasoning_content is not None:
        the_one(block.reasoning_content, f"$.{path}.reasoningContent")
        thought = block.reasoning_content.reasoning_text
        if thought is not None and thought.signature != sign(thought.text, model_id):
            raise model_says(f"{path}: Invalid `signature` in `thinking` block")


def _check_results(index: int, messages: Sequence[Message]) -> None:
    """Each call has one result, first in the turn after it."""
    content = messages[index].content
    given = [block.tool_result.tool_use_id for block in content if block.tool_result is not None]
    wanted: list[str] = []
    if index:
        previous = messages[index - 1].content
        wanted = [block.tool_use.tool_use_id for block in previous if block.tool_use is not None]
    if missing := [each for each in wanted if each not in given]:
        raise invalid(
            f"Expected toolResult blocks at messages.{index}.content for the following Ids: "
            f"{', '.join(missing)}"
        )
    if len(given) > len(wanted):
        raise invalid(
            f"The number of toolResult blocks at messages.{index}.content exceeds the number of "
            "toolUse blocks of previous turn."
        )
    if len(set(wanted)) < len(wanted):
        raise model_says(f"messages.{index - 1}: `tool_use` ids must be unique")
    first = [block.tool_result is not None for block in content[: len(given)]]
    if not all(first):
        raise model_says(
            f"messages.{index}: `tool_result` blocks must come first in the turn after `tool_use`"
        )


def _documents(messages: Sequence[Message]) -> Iterator[Document]:
    for message in messages:
        for block in message.content:
            if block.document is not None:
                yield block.document
            for part in block.tool_result.content if block.tool_result else ():
                if part.document is not None:
                    yield part.document
