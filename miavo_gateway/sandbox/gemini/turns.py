"""The order of turns, and the signatures in them, as the API checks them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from miavo_gateway.sandbox.gemini.models import Api, SimulatedGemini
from miavo_gateway.sandbox.gemini.refusals import GoogleRefusal
from miavo_gateway.sandbox.gemini.shapes import Content, FunctionCall, Part
from miavo_gateway.sandbox.gemini.signatures import is_sound, sign

__all__ = ["check_turns"]

_KINDS: Final = ("text", "inline_data", "file_data", "function_call", "function_response")
_SHOWN: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/heic",
        "image/heif",
        "application/pdf",
        "audio/wav",
        "audio/mp3",
        "audio/mpeg",
        "audio/aac",
        "audio/ogg",
        "audio/flac",
        "audio/aiff",
        "video/mp4",
        "video/webm",
        "video/quicktime",
    }
)
_IN_RESPONSES: Final = frozenset(
    {"image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"}
)


def check_turns(contents: list[Content], rules: SimulatedGemini, *, api: Api, model: str) -> None:
    """Check a conversation.

    Raises:
        GoogleRefusal: it is not in order.
    """
    if not contents:
        raise GoogleRefusal("* GenerateContentRequest.contents: contents is not specified\n")
    for index, content in enumerate(contents):
        if content.role not in ("user", "model"):
            raise GoogleRefusal("Please use a valid role: user, model.")
        _check_parts(content, index, rules)
        if api == "vertex":
            _check_texts(content)
        _check_order(contents, index)
    if rules.generation >= 3:
        _check_signatures(contents, api, model)


def _check_parts(content: Content, index: int, rules: SimulatedGemini) -> None:
    where = f"contents[{index}].parts"
    if not content.parts:
        raise GoogleRefusal(
            f"* GenerateContentRequest.{where}: contents.parts must not be empty.\n"
        )
    for number, part in enumerate(content.parts):
        said = [kind for kind in _KINDS if getattr(part, kind) is not None]
        if not said and part.thought_signature is None:
            raise GoogleRefusal(
                f"* GenerateContentRequest.{where}[{number}].data: required oneof field 'data' "
                "must have one initialized field\n"
            )
        if len(said) > 1:
            raise GoogleRefusal(
                f"Invalid value at '{where}[{number}]' (oneof), oneof field 'data' is already set. "
                f"Cannot set '{said[1]}'"
            )
        _check_part(part, f"{where}[{number}]", rules)


def _check_texts(content: Content) -> None:
    """What Vertex asks of a turn, and the Gemini API does not."""
    texts = [part.text for part in content.parts if part.text is not None]
    if "" in texts and content.role == "user":
        raise GoogleRefusal(
            "Unable to submit request because it has an empty text parameter. Add a value to the "
            "parameter and try again."
        )
    if content.role == "user" and not texts and not content.parts[0].function_response:
        raise GoogleRefusal("Unable to submit request because it must have a text parameter.")


def _check_part(part: Part, where: str, rules: SimulatedGemini) -> None:
    if (blob := part.inline_data) is not None:
        if blob.mime_type not in _SHOWN and not blob.mime_type.startswith("text/"):
            raise GoogleRefusal(f"Unsupported MIME type: {blob.mime_type}")
        if not blob.data:
            raise GoogleRefusal(f"Invalid value at '{where}.inline_data.data': it is empty.")
    if part.file_data is not None:
        raise GoogleRefusal(
            "You do not have permission to access the File or it may not exist.", status=403
        )
    call, response = part.function_call, part.function_response
    if rules.generation < 3 and ((call and call.id) or (response and response.id)):
        raise GoogleRefusal(f"Invalid value at '{where}': this model takes no ids of calls.")
    if response is None:
        return
    if not response.name or response.response is None:
        field = "response" if response.name else "name"
        raise GoogleRefusal(
            f"* GenerateContentRequest.{where}.function_response.{field}: "
            f"[REQUIRED_FIELD_MISSING]\n"
        )
    if _holds_reference(response.response):
        raise GoogleRefusal("A $ref in a function response names none of its parts.")
    for shown in response.parts or ():
        kind = shown.inline_data.mime_type if shown.inline_data else ""
        if rules.generation < 3 or kind not in _IN_RESPONSES:
            raise GoogleRefusal(f"Unsupported MIME type in a function response: {kind}")


def _check_order(contents: list[Content], index: int) -> None:
    content = contents[index]
    before = contents[index - 1] if index else None
    called = _calls(content)
    answered = [part.function_response for part in content.parts if part.function_response]
    if called and (content.role != "model" or before is None or before.role != "user"):
        raise GoogleRefusal(
            "Please ensure that function call turn comes immediately after a user turn or after a "
            "function response turn."
        )
    if answered and (before is None or not _calls(before)):
        raise GoogleRefusal(
            "Please ensure that function response turn comes immediately after a function call "
            "turn."
        )
    if before is None or not (expected := _calls(before)):
        return
    names = Counter(call.name for call in expected)
    if Counter(each.name for each in answered) != names:
        raise GoogleRefusal(
            "Please ensure that the number of function response parts is equal to the number of "
            "function call parts of the function call turn."
        )
    # Google's own client leaves the ids out where it calls the functions itself.
    if not {each.id for each in answered if each.id} <= {call.id for call in expected}:
        raise GoogleRefusal("The ids of the function responses are not those of the calls.")


def _check_signatures(contents: list[Content], api: Api, model: str) -> None:
    """Those of the current turn are wanted; one that is there has to be right anywhere."""
    begun = max(
        (i for i, content in enumerate(contents) if _is_question(content)), default=len(contents)
    )
    for index, content in enumerate(contents):
        first = True
        for number, part in enumerate(content.parts):
            call, signature = part.function_call, part.thought_signature
            if call is not None and first:
                first = False
                if signature is None and index > begun:
                    raise GoogleRefusal(
                        "Function call is missing a thought_signature in functionCall parts. This "
                        "is required for tools to work correctly, and missing thought_signature "
                        "may lead to degraded model performance. Additional data, function call "
                        f"`default_api:{call.name}` , position {number + 1}."
                    )
            if signature is not None:
                expected = (
                    None if call is None else sign(call.name, call.args, api=api, model=model)
                )
                if not is_sound(signature, expected):
                    raise GoogleRefusal("Corrupted thought signature.")


def _calls(content: Content) -> list[FunctionCall]:
    return [part.function_call for part in content.parts if part.function_call is not None]


def _is_question(content: Content) -> bool:
    """Whether it begins a turn: a user's content that is not made of responses."""
    return content.role == "user" and any(part.function_response is None for part in content.parts)


def _holds_reference(value: object) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(map(_holds_reference, value.values()))
    return isinstance(value, list) and any(map(_holds_reference, value))
