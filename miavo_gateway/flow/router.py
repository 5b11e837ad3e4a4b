"""From a slug to what answers for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from miavo_gateway.catalogue import Catalogue, Kind, Model
from miavo_gateway.errors import InvalidRequest, MiavoError, NotImplementedYet, NoUpstream
from miavo_gateway.flow.fallbacks import Fallbacks, falls_back
from miavo_gateway.flow.succession import Candidate
from miavo_gateway.local.engine import ChatEngine
from miavo_gateway.remote_engine import RemoteEngine
from miavo_gateway.schema.chat import AudioPart, ChatCompletionRequest, UserMessage

__all__ = ["Reachable", "Router"]


class Reachable(Protocol):
    """What answers for a model that makes something other than chat."""

    @property
    def obstacle(self) -> MiavoError | None:
        """Why it cannot be called now; None if it can. Cheap: asked on each request."""
        ...


@dataclass(slots=True)
class Router:
    """Knows the catalogue and the engines of this machine."""

    catalogue: Catalogue
    engines: Mapping[str, ChatEngine]
    """Those of this machine, by slug."""
    remote: dict[str, RemoteEngine] = field(default_factory=dict)
    """Those at providers, by slug; known once the pool is."""
    reach: dict[str, Reachable] = field(default_factory=dict)
    """What answers at the endpoints for video, sound and realtime, by slug."""
    fallbacks: Fallbacks = field(default_factory=Fallbacks)
    """What stands in for what; another is put here when the settings change."""

    def model(self, slug: str) -> Model:
        """The model of a slug.

        Raises:
            InvalidRequest: the catalogue has no such slug.
        """
        model = self.catalogue.get(slug)
        if model is None:
            near = self.catalogue.suggest(slug)
            hint = f" Did you mean '{near}'?" if near else ""
            raise InvalidRequest(
                f"There is no model '{slug[:100]}'.{hint} GET /v1/models lists them all.",
                param="model",
            )
        return model

    def chat_engine(self, model: Model, request: ChatCompletionRequest) -> ChatEngine:
        """What answers a chat completion on this model.

        Raises:
            NotImplementedYet: an image slug.
            InvalidRequest: a video slug, or a transcription slug and no audio in the request.
            NoUpstream: nothing here can answer for the model now.
        """
        if model.kind is Kind.TRANSCRIPTION and not _has_audio(request):
            raise InvalidRequest(
                f"'{model.slug}' transcribes: send a user message with an 'input_audio' part.",
                param="messages",
            )
        if (
            model.kind is Kind.CHAT
            and "audio" in (request.modalities or ())
            and not model.traits.get("speaks")
        ):
            raise InvalidRequest(
                f"'modalities': '{model.slug}' answers in text alone.", param="modalities"
            )
        obstacle = self._chat_obstacle(model)
        if obstacle is not None:
            raise obstacle
        return self.engines.get(model.slug) or self.remote[model.slug]

    def chat_candidates(
        self, model: Model, request: ChatCompletionRequest, allow: Iterable[str]
    ) -> list[Candidate]:
        """What may answer a chat completion, in the order in which it is tried; one at least.

        Args:
            model: the model asked for; its fallbacks follow it.
            request: what is asked.
            allow: the allow-list of the caller's key.

        Raises:
            MiavoError: nothing can answer; why the model asked for cannot. As `chat_engine`.
        """
        candidates: list[Candidate] = []
        obstacle: MiavoError | None = None
        for each in self.fallbacks.models_for(model, allow):
            try:
                candidates.append(Candidate(each, self.chat_engine(each, request)))
            except MiavoError as error:
                obstacle = obstacle or error
                if not falls_back(error):
                    break
        if not candidates:
            assert obstacle is not None, "a model can be called, or it is said why not"
            raise obstacle
        return candidates

    def unreachable_reason(self, model: Model) -> str | None:
        """Why the model cannot be called now; None if it can."""
        obstacle = self.obstacle(model)
        return obstacle.message if obstacle else None

    def obstacle(self, model: Model) -> MiavoError | None:
        """Why the model cannot be called now at its own endpoint; None if it can."""
        if model.kind is Kind.VIDEO and model.slug not in self.reach:
            return self._nothing_answers(model)
        reach = self.reach.get(model.slug)
        return self._chat_obstacle(model) if reach is None else reach.obstacle

    def _chat_obstacle(self, model: Model) -> MiavoError | None:
        if model.kind is Kind.IMAGE:
            return NotImplementedYet(
                f"'{model.slug}' is listed as a preview: image generation is not available yet.",
                param="model",
            )
        if model.kind is Kind.VIDEO:
            return InvalidRequest(
                f"'{model.slug}' renders video: use POST /v1/videos/generations.", param="model"
            )
        engine = self.engines.get(model.slug)
        if engine is not None:
            reason = engine.unavailable
            return NoUpstream(reason, param="model") if reason else None
        remote = self.remote.get(model.slug)
        if remote is not None:
            return remote.obstacle
        return self._nothing_answers(model)

    def _nothing_answers(self, model: Model) -> NoUpstream:
        provider = self.catalogue.provider_of(model)
        if not provider.needs_credential:
            return NoUpstream(
                f"This version of Miavo has no engine for '{model.slug}' yet.", param="model"
            )
        return NoUpstream(
            f"This version of Miavo cannot call {provider.name} for '{model.slug}' yet. The Local "
            "models answer without a credential.",
            param="model",
        )


def _has_audio(request: ChatCompletionRequest) -> bool:
    return any(
        isinstance(part, AudioPart)
        for message in request.messages
        if isinstance(message, UserMessage) and not isinstance(message.content, str)
        for part in message.content
    )
