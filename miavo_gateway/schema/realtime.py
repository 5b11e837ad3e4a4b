"""What a client says in a realtime session: OpenAI's client events, as of their general release.

Shapes follow the `openai` package (3.54, `types/realtime`). Fields that only tune what is done in
any case (`tracing`, `truncation`, `noise_reduction`, …) are read over; `session.updated` tells what
holds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = [
    "PCM_RATE",
    "AudioAppend",
    "AudioClear",
    "AudioCommit",
    "AudioFormat",
    "ClientEvent",
    "Content",
    "FunctionTool",
    "Item",
    "ItemCreate",
    "ItemDelete",
    "ItemRetrieve",
    "ItemTruncate",
    "NamedFunction",
    "OutputAudioClear",
    "ResponseCancel",
    "ResponseCreate",
    "ResponseOptions",
    "SessionAudio",
    "SessionPatch",
    "SessionUpdate",
    "ToolChoice",
    "Transcription",
    "TurnDetection",
    "client_events",
]

PCM_RATE = 24_000
"""Samples a second of `audio/pcm`, one channel of 16 bits each."""


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, defer_build=True)


class AudioFormat(_In):
    """How audio is written; `audio/pcmu` and `audio/pcma` are G.711 at 8 kHz."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: Literal[24_000] | None = None


class TurnDetection(_In):
    """How the end of what a user says is found."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    create_response: bool = True
    interrupt_response: bool = True
    prefix_padding_ms: int | None = Field(default=None, ge=0)
    silence_duration_ms: int | None = Field(default=None, ge=0)
    threshold: float | None = Field(default=None, ge=0, le=1)
    eagerness: Literal["low", "medium", "high", "auto"] | None = None


class Transcription(_In):
    """Whether what a user says is written down."""

    model: str | None = None
    language: str | None = None
    prompt: str | None = None


class AudioInput(_In):
    """What comes from the client."""

    format: AudioFormat | None = None
    transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None


class VoiceId(_In):
    """A voice that was made for an account."""

    id: str


class AudioOutput(_In):
    """What goes to the client."""

    format: AudioFormat | None = None
    voice: str | VoiceId | None = None
    speed: float | None = Field(default=None, ge=0.25, le=1.5)


class SessionAudio(_In):
    """Both directions."""

    input: AudioInput | None = None
    output: AudioOutput | None = None


class FunctionTool(_In):
    """A function that may be called."""

    type: Literal["function"]
    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    description: str | None = None
    parameters: dict[str, Any] | None = None


class NamedFunction(_In):
    """The one function that has to be called."""

    type: Literal["function"]
    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | NamedFunction
MaxTokens: TypeAlias = Annotated[int, Field(ge=1, le=4_096)] | Literal["inf"]
Modalities: TypeAlias = Annotated[list[Literal["text", "audio"]], Field(min_length=1, max_length=2)]


class SessionPatch(_In):
    """What is to be changed in a session; a field that is not there stays as it is."""

    type: Literal["realtime"] = "realtime"
    model: str | None = None
    instructions: str | None = None
    output_modalities: Modalities | None = None
    audio: SessionAudio | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: MaxTokens | None = None


class Content(_In):
    """A part of a message."""

    type: Literal["input_text", "input_audio", "input_image", "output_text", "output_audio", "text"]
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None
    image_url: str | None = None


class Item(_In):
    """An item of the conversation."""

    type: Literal["message", "function_call", "function_call_output"]
    id: str | None = Field(default=None, max_length=64)
    role: Literal["user", "assistant", "system"] | None = None
    content: list[Content] = []
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None


class ResponseOptions(_In):
    """What is different for one response alone."""

    output_modalities: Modalities | None = None
    instructions: str | None = None
    conversation: str | None = None
    input: list[dict[str, Any]] | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: MaxTokens | None = None
    metadata: dict[str, str] | None = None
    audio: SessionAudio | None = None


class _Event(_In):
    event_id: str | None = Field(default=None, max_length=512)


class SessionUpdate(_Event):
    """Changes the session."""

    type: Literal["session.update"]
    session: SessionPatch


class AudioAppend(_Event):
    """More audio; `audio` is base64."""

    type: Literal["input_audio_buffer.append"]
    audio: str


class AudioCommit(_Event):
    """What has been appended is an item now."""

    type: Literal["input_audio_buffer.commit"]


class AudioClear(_Event):
    """What has been appended is forgotten."""

    type: Literal["input_audio_buffer.clear"]


class OutputAudioClear(_Event):
    """Stops audio that a server plays: over WebRTC and SIP only."""

    type: Literal["output_audio_buffer.clear"]


class ItemCreate(_Event):
    """Adds an item to the conversation."""

    type: Literal["conversation.item.create"]
    item: Item
    previous_item_id: str | None = None


class ItemDelete(_Event):
    """Takes an item out of the conversation."""

    type: Literal["conversation.item.delete"]
    item_id: str


class ItemRetrieve(_Event):
    """Asks for an item."""

    type: Literal["conversation.item.retrieve"]
    item_id: str


class ItemTruncate(_Event):
    """Says how much of a reply's audio was heard."""

    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: int
    audio_end_ms: int


class ResponseCreate(_Event):
    """Asks for a reply."""

    type: Literal["response.create"]
    response: ResponseOptions | None = None


class ResponseCancel(_Event):
    """Stops the reply that is being made."""

    type: Literal["response.cancel"]
    response_id: str | None = None


ClientEvent: TypeAlias = (
    SessionUpdate
    | AudioAppend
    | AudioCommit
    | AudioClear
    | OutputAudioClear
    | ItemCreate
    | ItemDelete
    | ItemRetrieve
    | ItemTruncate
    | ResponseCreate
    | ResponseCancel
)

client_events: TypeAdapter[ClientEvent] = TypeAdapter(
    Annotated[ClientEvent, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)
"""Reads an event by its type."""
