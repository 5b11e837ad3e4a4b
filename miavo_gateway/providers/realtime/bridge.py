"""What sessions of providers with a language of their own have in common.

The client's events are checked here, its items kept, and replies written in OpenAI's terms; how
each of it is said to the provider is for the subclass.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from typing import Any

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest, MiavoError
from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.audio import Recoder, decoded, rate_of
from miavo_gateway.providers.realtime.conversation import Items
from miavo_gateway.providers.realtime.events import EventWriter, read_event
from miavo_gateway.providers.realtime.prompt_guess import PromptGuess
from miavo_gateway.providers.realtime.reply import ReplyWriter
from miavo_gateway.providers.realtime.settings import SessionSettings, modality_of
from miavo_gateway.providers.realtime.usage import added
from miavo_gateway.schema import realtime as said
from miavo_gateway.schema.realtime import PCM_RATE, Item, ResponseOptions, SessionPatch
from miavo_gateway.usage import UsageBuckets

__all__ = ["Bridge"]

_PCM = "audio/pcm"
_LARGEST_BUFFER = 32 * 1024 * 1024
_OF_ONE_RESPONSE = (
    "instructions",
    "input",
    "tools",
    "tool_choice",
    "max_output_tokens",
    "audio",
)


class Bridge(ABC):
    """A session. Subclasses are `Translator`s."""

    provider_name: str
    """For messages."""
    input_rate: int
    """Samples a second of the PCM that the provider takes."""

    def __init__(self, model: Model, session: str) -> None:
        """A session that is not created yet."""
        self.model = model
        self.write = EventWriter(session)
        self.settings = SessionSettings()
        self.items = Items(self.write)
        self.created = False
        self.reply: ReplyWriter | None = None
        self.heard_ms = 0
        """Audio that has been appended so far."""
        self._prompt = PromptGuess()
        self._conversation_id = self.write.new_id("conv")
        self._incoming: Recoder | None = None
        self._outgoing: Recoder | None = None

    @property
    def busy(self) -> bool:
        """Whether a reply has been asked for or is being made."""
        return self.reply is not None

    @property
    def unfinished(self) -> UsageBuckets:
        """A guess at what the reply that is being made has taken."""
        if self.reply is None:
            return UsageBuckets()
        return added(self._prompt.usage, self.reply.guessed)

    def event(self, name: str, /, **fields: Any) -> bytes:
        """An event of the gateway's own."""
        return self.write.event(name, **fields)

    @property
    def wanted(self) -> SessionSettings:
        """What the client wants to hold, though it may not hold yet."""
        return self.settings

    def told(self, error: MiavoError, event_id: str | None = None) -> bytes:
        """The event that tells of an error."""
        return self.write.error(error, event_id)

    def kept(self) -> Step:
        """Nothing, unless a session goes on over other sockets."""
        return Step()

    def from_client(self, event: dict[str, Any]) -> Step:
        """What follows from an event of the client."""
        step = Step()
        try:
            self._take(read_event(event), step)
            self._prompt.take(event)
        except InvalidRequest as error:
            step.down.append(self.write.error(error, event.get("event_id")))
        return step

    # What the provider is told.

    @abstractmethod
    def update(self, settings: SessionSettings, step: Step) -> None:
        """Make settings hold, or refuse them."""

    @abstractmethod
    def append(self, pcm: bytes, step: Step) -> None:
        """More audio, at `input_rate`."""

    @abstractmethod
    def commit(self, step: Step) -> None:
        """What has been appended is all that was said."""

    @abstractmethod
    def clear(self, step: Step) -> None:
        """Forget what has been appended."""

    @abstractmethod
    def create(self, item: Item, item_id: str, step: Step) -> None:
        """Add an item to the conversation."""

    @abstractmethod
    def delete(self, item_id: str, step: Step) -> None:
        """Take an item out of the conversation."""

    @abstractmethod
    def respond(self, step: Step) -> None:
        """Have a reply made."""

    @abstractmethod
    def cancel(self, step: Step) -> None:
        """Stop the reply that is being made."""

    # What subclasses say to the client.

    def unable(self, what: str, param: str | None = None) -> InvalidRequest:
        """The error for what the provider cannot do."""
        return InvalidRequest(f"{self.provider_name} {what}", param=param)

    def recorded(self, audio: str) -> bytes:
        """The audio of an item, as PCM at `input_rate`.

        Raises:
            InvalidRequest: it is no base64.
        """
        kind = self.settings.input_format
        recoder = Recoder(kind, rate_of(kind), _PCM, self.input_rate)
        return recoder.feed(decoded(audio, "item.content.audio"))

    def session_event(self, name: str) -> bytes:
        """`session.created` or `session.updated`."""
        return self.write.event(
            name, session=self.settings.view(self.write.session_id, self.model.slug)
        )

    def begin(self, step: Step, options: ResponseOptions | None = None) -> ReplyWriter:
        """The reply that is being made; a new one if there is none."""
        if self.reply is None:
            modality = self.settings.modality
            if options is not None and options.output_modalities:
                modality = modality_of(options.output_modalities)
            self.reply = ReplyWriter(
                self.write,
                modality,
                self._conversation_id,
                metadata=options.metadata if options else None,
            )
            self._outgoing = Recoder(
                _PCM, PCM_RATE, self.settings.output_format, rate_of(self.settings.output_format)
            )
            step.down += self.reply.begin()
            step.began = True
        return self.reply

    def speak(self, audio: str, step: Step) -> None:
        """More audio of the reply: base64 of PCM at 24 kHz."""
        pcm = b""
        if self.settings.output_format != _PCM:
            try:
                pcm = decoded(audio)
            except InvalidRequest:
                step.refusal = ProviderError("", "audio that is no base64", ErrorClass.RETRY)
                return
        reply = self.begin(step)
        if self.settings.output_format != _PCM and self._outgoing is not None:
            size = len(pcm)
            audio = base64.b64encode(self._outgoing.feed(pcm)).decode()
        else:
            size = len(audio) * 3 // 4
        step.down += reply.speak(audio, size)
        step.delivered = True

    def end(
        self,
        step: Step,
        status: str,
        usage: UsageBuckets | None = None,
        *,
        reason: str | None = None,
        error: dict[str, Any] | None = None,
    ) -> None:
        """The reply has ended, if there is one."""
        reply, self.reply = self.reply, None
        if reply is None:
            return
        step.down += reply.end(status, usage=usage, reason=reason, error=error)
        for item in reply.output:
            self.items.keep(item)

    def _take(self, event: said.ClientEvent, step: Step) -> None:
        match event:
            case said.AudioAppend():
                self._append(event.audio, step)
            case said.AudioCommit():
                self.commit(step)
            case said.AudioClear():
                self.clear(step)
                step.down.append(self.write.event("input_audio_buffer.cleared"))
            case said.SessionUpdate():
                self._update(event.session, step)
            case said.ItemCreate():
                self._create(event, step)
            case said.ItemDelete():
                self.items.get(event.item_id)
                self.delete(event.item_id, step)
                self.items.forget(event.item_id)
                step.down.append(
                    self.write.event("conversation.item.deleted", item_id=event.item_id)
                )
            case said.ItemRetrieve():
                step.down.append(
                    self.write.event(
                        "conversation.item.retrieved", item=self.items.get(event.item_id)
                    )
                )
            case said.ItemTruncate():
                raise self.unable(
                    "keeps what was interrupted by its own account: items cannot be truncated.",
                    "type",
                )
            case said.ResponseCreate():
                self._respond(event.response, step)
            case said.ResponseCancel():
                self._cancel(event.response_id, step)
            case said.OutputAudioClear():
                raise InvalidRequest(
                    "Over a WebSocket no audio waits here to be played.", param="type"
                )

    def _append(self, audio: str, step: Step) -> None:
        data = decoded(audio)
        if len(data) > _LARGEST_BUFFER:
            raise InvalidRequest("This is more audio than one event may carry.", param="audio")
        kind = self.settings.input_format
        self.heard_ms += _milliseconds(len(data), kind)
        if self._incoming is None:
            self._incoming = Recoder(kind, rate_of(kind), _PCM, self.input_rate)
        if pcm := self._incoming.feed(data):
            self.append(pcm, step)

    def _update(self, patch: SessionPatch, step: Step) -> None:
        if patch.model not in (None, self.model.slug, self.model.upstream):
            raise InvalidRequest(
                "A session keeps its model: connect again with another 'model' in the address.",
                param="session.model",
            )
        settings = self.wanted.changed(patch)
        detection = settings.turn_detection
        if detection is not None and not detection.create_response:
            raise self.unable(
                "always replies when it hears the end of speech: 'create_response' cannot be "
                "false. Set 'turn_detection' to null to ask for replies yourself.",
                "session.audio.input.turn_detection.create_response",
            )
        if settings.input_format != self.settings.input_format:
            self._incoming = None
        self.update(settings, step)

    def _create(self, event: said.ItemCreate, step: Step) -> None:
        item = event.item
        if event.previous_item_id not in (None, self.items.last):
            raise self.unable("adds items at the end of the conversation only.", "previous_item_id")
        item_id = self.items.checked(item)
        self.create(item, item_id, step)
        step.down += self.items.add(item, item_id)

    def _respond(self, options: ResponseOptions | None, step: Step) -> None:
        if self.reply is not None:
            raise InvalidRequest(
                f"A reply is being made already ({self.reply.id}): wait for 'response.done', or "
                "cancel it."
            )
        if options is not None:
            for name in _OF_ONE_RESPONSE:
                if getattr(options, name) is not None:
                    raise self.unable(
                        f"takes '{name}' for a whole session only: send a 'session.update'.",
                        f"response.{name}",
                    )
            if options.conversation == "none":
                raise self.unable("has one conversation a session.", "response.conversation")
        self.respond(step)
        self.begin(step, options)

    def _cancel(self, response_id: str | None, step: Step) -> None:
        reply = self.reply
        if reply is None or response_id not in (None, reply.id):
            raise InvalidRequest("There is no such reply being made.", param="response_id")
        self.cancel(step)
        self.end(step, "cancelled", reason="client_cancelled")


def _milliseconds(size: int, kind: str) -> int:
    if kind == _PCM:
        return size * 1_000 // (2 * PCM_RATE)
    return size * 1_000 // rate_of(kind)
