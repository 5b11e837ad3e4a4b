"""The request of Converse, as strict as AWS's service model has it (botocore 1.44.5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

__all__ = [
    "Block",
    "ConverseRequest",
    "Document",
    "Image",
    "InferenceConfig",
    "JsonSchemaDefinition",
    "Message",
    "Reasoning",
    "ResultContent",
    "SystemBlock",
    "Tool",
    "ToolChoice",
    "ToolResult",
    "ToolSpec",
    "ToolUse",
]

CallId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_.:-]+$")]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")]
NonEmpty = Annotated[str, Meta(min_length=1)]
Blob = Annotated[bytes, Meta(min_length=1)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Format = Literal["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]


class Shape(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """Base of all: no field that the model lacks."""


class Nothing(Shape, frozen=True):
    """`{}`."""


class CachePoint(Shape, frozen=True):
    """A point up to which the prompt is cached."""

    type: Literal["default"]
    ttl: Literal["5m", "1h"] | None = None


class BytesSource(Shape, frozen=True):
    """Base64 in JSON."""

    bytes: Blob


class Image(Shape, frozen=True):
    """An image."""

    format: Literal["png", "jpeg", "gif", "webp"]
    source: BytesSource


class DocumentSource(Shape, frozen=True):
    """One of these."""

    bytes: Blob | None = None
    text: str | None = None


class Document(Shape, frozen=True):
    """A document."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    source: DocumentSource
    format: Format = "txt"


class ToolUse(Shape, frozen=True):
    """A tool call."""

    tool_use_id: CallId
    name: Name
    input: Any


class ResultContent(Shape, frozen=True):
    """A part of a tool's result: one of these."""

    text: str | None = None
    json: Any = None
    image: Image | None = None
    document: Document | None = None


class ToolResult(Shape, frozen=True):
    """A tool's result."""

    tool_use_id: CallId
    content: list[ResultContent]
    status: Literal["success", "error"] | None = None


class ReasoningText(Shape, frozen=True):
    """A thought."""

    text: str
    signature: str | None = None


class Reasoning(Shape, frozen=True):
    """A thought, in the open or not: one of these."""

    reasoning_text: ReasoningText | None = None
    redacted_content: bytes | None = None


class Block(Shape, frozen=True):
    """A part of a message: one of these."""

    text: str | None = None
    image: Image | None = None
    document: Document | None = None
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    reasoning_content: Reasoning | None = None
    cache_point: CachePoint | None = None


class Message(Shape, frozen=True):
    """A turn."""

    role: Literal["user", "assistant", "system"]
    content: list[Block]


class SystemBlock(Shape, frozen=True):
    """A part of the instructions: one of these."""

    text: NonEmpty | None = None
    cache_point: CachePoint | None = None


class InferenceConfig(Shape, frozen=True):
    """Settings that all of Bedrock's models have."""

    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Unit | None = None
    top_p: Unit | None = None
    stop_sequences: Annotated[list[NonEmpty], Meta(max_length=2500)] | None = None


class InputSchema(Shape, frozen=True):
    """A JSON Schema."""

    json: Any


class ToolSpec(Shape, frozen=True):
    """A tool's definition."""

    name: Name
    input_schema: InputSchema
    description: NonEmpty | None = None
    strict: bool | None = None


class Tool(Shape, frozen=True):
    """A member of the list of tools: one of these."""

    tool_spec: ToolSpec | None = None
    cache_point: CachePoint | None = None


class SpecificTool(Shape, frozen=True):
    """A tool that must be called."""

    name: Name


class ToolChoice(Shape, frozen=True):
    """One of these."""

    auto: Nothing | None = None
    any: Nothing | None = None
    tool: SpecificTool | None = None


class ToolConfig(Shape, frozen=True):
    """The tools."""

    tools: Annotated[list[Tool], Meta(min_length=1)]
    tool_choice: ToolChoice | None = None


class JsonSchemaDefinition(Shape, frozen=True):
    """A JSON Schema, as a string."""

    schema: str
    name: str | None = None
    description: str | None = None


class TextStructure(Shape, frozen=True):
    """What the text has to fit."""

    json_schema: JsonSchemaDefinition


class TextFormat(Shape, frozen=True):
    """The text's form."""

    type: Literal["json_schema"]
    structure: TextStructure


class OutputConfig(Shape, frozen=True):
    """The output's form."""

    text_format: TextFormat | None = None
    effort: Annotated[str, Meta(max_length=16)] | None = None


class Tier(Shape, frozen=True):
    """A service tier."""

    type: Literal["priority", "default", "flex", "reserved"]


class Latency(Shape, frozen=True):
    """How quick it has to be."""

    latency: Literal["standard", "optimized"] = "standard"


class ConverseRequest(Shape, frozen=True):
    """The body of Converse and of ConverseStream."""

    messages: list[Message] = field(default_factory=list)
    system: list[SystemBlock] | None = None
    inference_config: InferenceConfig = InferenceConfig()
    tool_config: ToolConfig | None = None
    output_config: OutputConfig | None = None
    additional_model_request_fields: dict[str, Any] | None = None
    additional_model_response_field_paths: Annotated[list[str], Meta(max_length=10)] | None = None
    request_metadata: Annotated[dict[str, str], Meta(min_length=1, max_length=16)] | None = None
    performance_config: Latency | None = None
    service_tier: Tier | None = None
