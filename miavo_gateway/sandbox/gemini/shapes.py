"""The request of `generateContent`, as strict as the API's messages are.

The fields are those that google-genai 3.4.0 sends (`models.py`, `types.py`); protobuf's JSON takes
a field's name in camel case and as it is declared, `inlineData` and `inline_data`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

__all__ = [
    "Blob",
    "Content",
    "FunctionCall",
    "FunctionCallingConfig",
    "FunctionDeclaration",
    "FunctionResponse",
    "GenerateContentRequest",
    "GenerationConfig",
    "Part",
    "ThinkingConfig",
    "camel",
]

Int32 = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Base64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/_-]*={0,2}$")]

_FREE: Final = frozenset(
    {
        "args",
        "labels",
        "parameters",
        "parametersJsonSchema",
        "response",
        "responseJsonSchema",
        "responseSchema",
    }
)
"""Fields that hold the caller's own words, or a schema."""
_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel(value: Any) -> Any:
    """A body with its fields' names in camel case."""
    if isinstance(value, list):
        return [camel(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = {_UNDERSCORE.sub(lambda found: found[1].upper(), key): value[key] for key in value}
    return {key: each if key in _FREE else camel(each) for key, each in named.items()}


class Shape(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """Base of all: no field that the message lacks."""


class Blob(Shape, frozen=True):
    """Bytes and what they are."""

    mime_type: str = ""
    data: Base64 = ""


class FileData(Shape, frozen=True):
    """A file that Google keeps."""

    file_uri: str = ""
    mime_type: str = ""


class FunctionCall(Shape, frozen=True):
    """A call in the history."""

    name: str = ""
    args: dict[str, Any] = msgspec.field(default_factory=dict)
    id: str | None = None


class FunctionResponsePart(Shape, frozen=True):
    """What a function's response shows."""

    inline_data: Blob | None = None


class FunctionResponse(Shape, frozen=True):
    """The result of a call."""

    name: str = ""
    response: dict[str, Any] | None = None
    id: str | None = None
    parts: list[FunctionResponsePart] | None = None


class Part(Shape, frozen=True):
    """A piece of a turn: one of these, maybe a thought, maybe signed."""

    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    thought: bool | None = None
    thought_signature: Base64 | None = None


class Content(Shape, frozen=True):
    """A turn."""

    parts: list[Part] = msgspec.field(default_factory=list)
    role: str = "user"


class FunctionDeclaration(Shape, frozen=True):
    """A function that may be called."""

    name: str = ""
    description: str = ""
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None


class Tool(Shape, frozen=True):
    """Functions; Google's own tools are not simulated."""

    function_declarations: list[FunctionDeclaration] = msgspec.field(default_factory=list)


class FunctionCallingConfig(Shape, frozen=True):
    """Whether functions have to be called, and which."""

    mode: Literal["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] = "AUTO"
    allowed_function_names: list[str] = msgspec.field(default_factory=list)


class ToolConfig(Shape, frozen=True):
    """The use of functions."""

    function_calling_config: FunctionCallingConfig | None = None


class ThinkingConfig(Shape, frozen=True):
    """How much to think, and whether to show it."""

    include_thoughts: bool = False
    thinking_budget: Int32 | None = None
    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] | None = None


class GenerationConfig(Shape, frozen=True):
    """The settings of the generation."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    candidate_count: Int32 = 1
    max_output_tokens: Int32 | None = None
    stop_sequences: list[str] = msgspec.field(default_factory=list)
    seed: Int32 | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_logprobs: bool = False
    logprobs: Int32 | None = None
    response_mime_type: str = "text/plain"
    response_schema: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None
    response_modalities: list[str] | None = None
    thinking_config: ThinkingConfig | None = None


class SafetySetting(Shape, frozen=True):
    """From where on a filter filters."""

    category: str = ""
    threshold: str = ""


class GenerateContentRequest(Shape, frozen=True):
    """The body."""

    contents: list[Content] = msgspec.field(default_factory=list)
    system_instruction: Content | None = None
    tools: list[Tool] = msgspec.field(default_factory=list)
    tool_config: ToolConfig | None = None
    safety_settings: list[SafetySetting] | None = None
    generation_config: GenerationConfig = GenerationConfig()
    labels: dict[str, str] | None = None

    @property
    def declarations(self) -> list[FunctionDeclaration]:
        """All functions."""
        return [each for tool in self.tools for each in tool.function_declarations]
