"""A Messages request as the API takes it, and nothing else (anthropic 2.12.0, `types/`).

Fields for features that the sandbox does not have, such as containers and server tools, are left
out, so they are refused as unknown ones are.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "AnyTool",
    "AutoTool",
    "Block",
    "Document",
    "Image",
    "MessagesRequest",
    "NamedTool",
    "NoTool",
    "RedactedThinking",
    "Text",
    "Thinking",
    "ThinkingAdaptive",
    "ThinkingEnabled",
    "Tool",
    "ToolResult",
    "ToolUse",
    "Turn",
]

_ID = r"^[a-zA-Z0-9_-]+$"
_NAME = r"^[a-zA-Z0-9_-]{1,128}$"
_ImageType: TypeAlias = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]


class Shape(BaseModel):
    """Base of what the API takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def _as_blocks(content: Any) -> Any:
    """A text stands for one block of text."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class CacheControl(Shape):
    """A place up to which the prompt is cached."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class Cacheable(Shape):
    """A block that a place for the cache may follow."""

    cache_control: CacheControl | None = None


class Text(Cacheable):
    """Words."""

    type: Literal["text"]
    text: str = Field(min_length=1)
    citations: list[dict[str, Any]] | None = None


class Base64Image(Shape):
    """An image in the request."""

    type: Literal["base64"]
    media_type: _ImageType
    data: str


class Link(Shape):
    """Something that the API fetches."""

    type: Literal["url"]
    url: str = Field(pattern="^https://")


class Image(Cacheable):
    """An image."""

    type: Literal["image"]
    source: Annotated[Base64Image | Link, Field(discriminator="type")]


class Base64Pdf(Shape):
    """A PDF in the request."""

    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: str


class PlainText(Shape):
    """A text as a document."""

    type: Literal["text"]
    media_type: Literal["text/plain"]
    data: str


class Citations(Shape):
    """Whether a document is to be cited."""

    enabled: bool = False


class Document(Cacheable):
    """A document."""

    type: Literal["document"]
    source: Annotated[Base64Pdf | PlainText | Link, Field(discriminator="type")]
    title: str | None = Field(default=None, max_length=500)
    context: str | None = None
    citations: Citations | None = None


class Thinking(Shape):
    """A thought of an earlier reply."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinking(Shape):
    """A thought of an earlier reply that is not shown."""

    type: Literal["redacted_thinking"]
    data: str


class ToolUse(Cacheable):
    """A tool call of an earlier reply."""

    type: Literal["tool_use"]
    id: str = Field(pattern=_ID)
    name: str = Field(pattern=_NAME)
    input: dict[str, Any]


class ToolResult(Cacheable):
    """What a tool returned."""

    type: Literal["tool_result"]
    tool_use_id: str = Field(pattern=_ID)
    content: Annotated[
        list[Annotated[Text | Image | Document, Field(discriminator="type")]],
        BeforeValidator(_as_blocks),
    ] = []
    is_error: bool = False


Block: TypeAlias = Annotated[
    Text | Image | Document | Thinking | RedactedThinking | ToolUse | ToolResult,
    Field(discriminator="type"),
]


class Turn(Shape):
    """One message."""

    role: Literal["user", "assistant", "system"]
    content: Annotated[list[Block], BeforeValidator(_as_blocks)]


class Tool(Cacheable):
    """A tool of the caller's."""

    type: Literal["custom"] | None = None
    name: str = Field(pattern=_NAME)
    description: str | None = None
    input_schema: dict[str, Any]
    strict: bool | None = None
    eager_input_streaming: bool | None = None
    input_examples: list[dict[str, Any]] | None = None


class AutoTool(Shape):
    """The model decides."""

    type: Literal["auto"]
    disable_parallel_tool_use: bool = False


class AnyTool(Shape):
    """Some tool has to be called."""

    type: Literal["any"]
    disable_parallel_tool_use: bool = False


class NamedTool(Shape):
    """This tool has to be called."""

    type: Literal["tool"]
    name: str
    disable_parallel_tool_use: bool = False


class NoTool(Shape):
    """No tool may be called."""

    type: Literal["none"]


class ThinkingEnabled(Shape):
    """Thinking with a budget."""

    type: Literal["enabled"]
    budget_tokens: int = Field(ge=1024)
    display: Literal["summarized", "omitted"] | None = None


class ThinkingAdaptive(Shape):
    """Thinking where the model sees fit."""

    type: Literal["adaptive"]
    display: Literal["summarized", "omitted"] | None = None


class ThinkingDisabled(Shape):
    """No thinking."""

    type: Literal["disabled"]


class JsonFormat(Shape):
    """The answer fits a schema."""

    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class OutputConfig(Shape):
    """How the answer is to be."""

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonFormat | None = None


class Metadata(Shape):
    """Who asks."""

    user_id: str | None = Field(default=None, max_length=256)


class MessagesRequest(Shape):
    """The body of `POST /v1/messages`."""

    model: str = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    messages: list[Turn] = Field(min_length=1, max_length=100_000)
    system: Annotated[list[Text], BeforeValidator(_as_blocks)] = []
    stream: bool = False
    stop_sequences: list[str] = []
    temperature: float | None = Field(default=None, ge=0, le=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    tools: list[Tool] = []
    tool_choice: (
        Annotated[AutoTool | AnyTool | NamedTool | NoTool, Field(discriminator="type")] | None
    ) = None
    thinking: (
        Annotated[
            ThinkingEnabled | ThinkingAdaptive | ThinkingDisabled, Field(discriminator="type")
        ]
        | None
    ) = None
    output_config: OutputConfig = OutputConfig()
    metadata: Metadata = Metadata()
    service_tier: Literal["auto", "standard_only"] = "auto"
    cache_control: CacheControl | None = None
