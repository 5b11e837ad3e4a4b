"""Chat completions on the wire: the request and the reply; `chunk` has the stream.

Shapes follow OpenAI's chat completions (the `openai` package, 3.54, `types/chat`). Fields that
Miavo does not know are kept on the request (`model_extra`) and never forwarded blindly.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from miavo_gateway.schema.chunk import FinishReason

JsonObject: TypeAlias = dict[str, Any]


class Wire(BaseModel):
    """Base of what a caller sends: unknown fields are kept, not refused, as SDKs run ahead."""

    # Built on first use: a gateway answers sooner.
    model_config = ConfigDict(extra="allow", frozen=True, strict=True, defer_build=True)


def voice_id(value: object) -> object:
    """OpenAI's custom voices are objects, `{"id": ...}`."""
    return value.get("id") if isinstance(value, dict) else value


class TextPart(Wire):
    """`{"type": "text", "text": ...}`."""

    type: Literal["text"]
    text: str


class ImageUrl(Wire):
    """Where an image is: an https URL or a `data:` URL."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(Wire):
    """`{"type": "image_url", "image_url": {...}}`."""

    type: Literal["image_url"]
    image_url: ImageUrl


class InputAudio(Wire):
    """Base64 audio and its format."""

    data: str
    format: str


class AudioPart(Wire):
    """`{"type": "input_audio", "input_audio": {...}}`."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class FileRef(Wire):
    """A file by data URL or by id."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class FilePart(Wire):
    """`{"type": "file", "file": {...}}`."""

    type: Literal["file"]
    file: FileRef


class RefusalPart(Wire):
    """`{"type": "refusal", "refusal": ...}`, in assistant messages sent back."""

    type: Literal["refusal"]
    refusal: str


UserPart: TypeAlias = Annotated[
    TextPart | ImagePart | AudioPart | FilePart, Field(discriminator="type")
]
AssistantPart: TypeAlias = Annotated[TextPart | RefusalPart, Field(discriminator="type")]
ToolPart: TypeAlias = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class FunctionCall(Wire):
    """A called function; `arguments` is JSON as text."""

    name: str
    arguments: str


class ToolCall(Wire):
    """One tool call of an assistant message."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class SystemMessage(Wire):
    """Instructions."""

    role: Literal["system"]
    content: str | list[TextPart]
    name: str | None = None


class DeveloperMessage(Wire):
    """Instructions, as OpenAI's reasoning models name them."""

    role: Literal["developer"]
    content: str | list[TextPart]
    name: str | None = None


class UserMessage(Wire):
    """What the person said or showed."""

    role: Literal["user"]
    content: str | list[UserPart]
    name: str | None = None


class SpokenBefore(Wire):
    """An earlier reply's sound, by its id at the provider."""

    id: str


class AssistantMessage(Wire):
    """An earlier reply, sent back as history."""

    role: Literal["assistant"]
    content: str | list[AssistantPart] | None = None
    name: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    audio: SpokenBefore | None = None


class ToolMessage(Wire):
    """The result of one tool call."""

    role: Literal["tool"]
    content: str | list[ToolPart]
    tool_call_id: str


Message: TypeAlias = Annotated[
    SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage,
    Field(discriminator="role"),
]


class FunctionDefinition(Wire):
    """A function a model may call; `parameters` is a JSON Schema."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None


class Tool(Wire):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionDefinition


class NamedFunction(Wire):
    """The name inside a forced `tool_choice`."""

    name: str


class NamedToolChoice(Wire):
    """`{"type": "function", "function": {"name": ...}}`."""

    type: Literal["function"]
    function: NamedFunction


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | NamedToolChoice


class TextFormat(Wire):
    """Plain text, the default."""

    type: Literal["text"]


class JsonObjectFormat(Wire):
    """JSON mode: any object."""

    type: Literal["json_object"]


class JsonSchema(Wire):
    """A named schema."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    schema_: JsonObject | None = Field(default=None, alias="schema")
    strict: bool | None = None


class JsonSchemaFormat(Wire):
    """The reply fits the schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat: TypeAlias = Annotated[
    TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")
]


class StreamOptions(Wire):
    """Options of a stream."""

    include_usage: bool | None = None


class AudioWanted(Wire):
    """How a spoken reply shall sound."""

    voice: Annotated[str | None, BeforeValidator(voice_id)] = None
    format: Literal["wav", "aac", "mp3", "flac", "opus", "pcm16"] = "mp3"


class ChatCompletionRequest(Wire):
    """The body of `POST /v1/chat/completions`."""

    model: str = Field(min_length=1)
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    n: int | None = Field(default=None, ge=1, le=128)
    stop: str | list[str] | None = None
    seed: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    modalities: list[Literal["text", "audio"]] | None = None
    audio: AudioWanted | None = None
    user: str | None = None

    @property
    def output_limit(self) -> int | None:
        """The most output tokens the caller allows; the newer field wins over `max_tokens`."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def choices_wanted(self) -> int:
        """How many choices to answer with, at least one."""
        return self.n or 1

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts that end a reply; an empty one would end it before it begins, and is none."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or ()
        return tuple(filter(None, given))


class Out(BaseModel):
    """Base of what the gateway sends; None is left out of optional fields of a delta."""

    model_config = ConfigDict(frozen=True, defer_build=True)


def _is_none(value: object) -> bool:
    return value is None


class PromptTokensDetails(Out):
    """A subset of `prompt_tokens`."""

    cached_tokens: int = 0
    audio_tokens: int | None = Field(default=None, exclude_if=_is_none)


class CompletionTokensDetails(Out):
    """A subset of `completion_tokens`."""

    reasoning_tokens: int = 0
    audio_tokens: int | None = Field(default=None, exclude_if=_is_none)


class CompletionUsage(Out):
    """Token counts, in OpenAI's arithmetic: cached and reasoning tokens are subsets."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails = PromptTokensDetails()
    completion_tokens_details: CompletionTokensDetails = CompletionTokensDetails()


class ReplyFunction(Out):
    """A called function, whole."""

    name: str
    arguments: str


class ReplyToolCall(Out):
    """A tool call, whole."""

    id: str
    type: Literal["function"] = "function"
    function: ReplyFunction


class ReplyAudio(Out):
    """A spoken reply, whole."""

    id: str
    data: str
    """Base64."""
    transcript: str
    expires_at: int
    """Unix seconds."""


class ReplyMessage(Out):
    """The assistant's message of a choice."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: str | None = None
    # OpenAI leaves these two out where there are none.
    reasoning_content: str | None = Field(default=None, exclude_if=_is_none)
    tool_calls: list[ReplyToolCall] | None = Field(default=None, exclude_if=_is_none)
    audio: ReplyAudio | None = Field(default=None, exclude_if=_is_none)


class Choice(Out):
    """One choice of a reply."""

    index: int
    message: ReplyMessage
    logprobs: JsonObject | None = None
    finish_reason: FinishReason


class ChatCompletion(Out):
    """The whole reply to a request without `stream`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
