"""Bodies in and out: JSON parsed against a schema, answers encoded."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from quart import Response, request

from miavo_gateway.errors import BodyTooLarge, InvalidRequest
from miavo_gateway.schema.wording import fault_in_words

__all__ = [
    "BODY_SECONDS",
    "body_too_large",
    "body_too_late",
    "explain",
    "json_answer",
    "live_answer",
    "parse_body",
    "read_body",
]

Body = TypeVar("Body", bound=BaseModel)

BODY_SECONDS = 60.0
"""In which a body has to come to its end."""


def json_answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer with a JSON body; pydantic models are dumped as they are."""
    encoded = (
        body.model_dump_json(by_alias=True).encode()
        if isinstance(body, BaseModel)
        else orjson.dumps(body)
    )
    return Response(encoded, status, headers, content_type="application/json")


def live_answer(parts: AsyncIterable[bytes], content_type: str = "text/event-stream") -> Response:
    """An answer that comes as it is made, for as long as that takes; events if nothing is said."""
    response = Response(parts, content_type=content_type)
    response.headers["x-accel-buffering"] = "no"  # nginx would keep it back
    response.timeout = None  # Quart would cut it after 60 seconds
    return response


async def read_body(schema: type[Body]) -> Body:
    """The request's body as a schema.

    Raises:
        InvalidRequest: the body is empty, no JSON, or does not fit; the first fault is named.
        BodyTooLarge: raised by the application's own handler.
    """
    raw = await request.get_data(cache=False)
    assert isinstance(raw, bytes), "bytes are what was asked for"
    return parse_body(schema, raw)


def parse_body(schema: type[Body], raw: bytes) -> Body:
    """A body as a schema; raises `InvalidRequest` as `read_body` does."""
    if not raw.strip():
        raise InvalidRequest("The body is empty: send a JSON object.")
    try:
        return schema.model_validate_json(raw)
    except ValidationError as error:
        raise explain(error) from None


def body_too_large(most: int) -> BodyTooLarge:
    """What a body gets that has more than so many bytes."""
    return BodyTooLarge(f"The body is larger than the {most:,} bytes that this gateway takes.")


def body_too_late() -> InvalidRequest:
    """What a body gets that is not whole in time."""
    return InvalidRequest("The body did not arrive in time.")


def explain(error: ValidationError) -> InvalidRequest:
    """The first fault of a body, in this project's words."""
    faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        detail = faults[0]["msg"].removeprefix("Invalid JSON: ")
        return InvalidRequest(f"The body is not valid JSON: {detail}.")
    # A union reports the fault of each of its members; the one that got furthest was meant.
    fault = max(faults, key=lambda each: len(_path(each["loc"])))
    path = _path(fault["loc"])
    param = _written(path)
    others = len({_written(_path(each["loc"])) for each in faults}) - 1
    more = f" ({others} more fields are wrong.)" if others > 1 else ""
    message = fault_in_words(fault)
    if not path:
        return InvalidRequest(f"The body: {message}.{more}")
    return InvalidRequest(f"'{param}': {message}.{more}", param=param)


def _path(location: Sequence[int | str]) -> tuple[int | str, ...]:
    """The place in the body: pydantic's location less the names of union members."""
    path: list[int | str] = []
    roles = {"system", "developer", "user", "assistant", "tool"}
    for number, step in enumerate(location):
        after_index = number > 0 and isinstance(location[number - 1], int)
        is_tag = after_index and isinstance(step, str) and (step in roles or step in _PART_TAGS)
        is_member = isinstance(step, str) and (
            step in _MEMBER_NAMES or step.startswith(("list[", "literal[", "tagged-union["))
        )
        is_format = (
            step in _FORMAT_TAGS and number > 0 and location[number - 1] == "response_format"
        )
        if not (is_tag or is_member or is_format):
            path.append(step)
    return tuple(path)


_PART_TAGS = {"text", "image_url", "input_audio", "file", "refusal"}
_FORMAT_TAGS = {"text", "json_object", "json_schema"}
_MEMBER_NAMES = {"str", "NamedToolChoice"}


def _written(path: Sequence[int | str]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
