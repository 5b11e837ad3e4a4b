"""What answers for which model: engines made for all that a catalogue lists, told to its router."""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.catalogue import Kind
from miavo_gateway.flow.router import Router
from miavo_gateway.local.storyboard.engine import StoryboardEngine
from miavo_gateway.providers.realtime.registry import REALTIME_PROVIDERS, realtime_adapter
from miavo_gateway.providers.registry import (
    CHAT_PROVIDERS,
    VIDEO_PROVIDERS,
    chat_adapter,
    video_adapter,
)
from miavo_gateway.sound.engines import SoundEngines, sound_engines
from miavo_gateway.sound.spoken_chat import SpokenChat, TranscribedChat
from miavo_gateway.upstream.realtime_chat import RealtimeChat
from miavo_gateway.upstream.remote_chat import Reach, RemoteChat
from miavo_gateway.upstream.remote_realtime import RemoteRealtime
from miavo_gateway.upstream.remote_video import RemoteVideo
from miavo_gateway.video_engine import VideoEngine

__all__ = ["reach_chat", "reach_realtime", "reach_sound", "reach_videos"]


def reach_chat(router: Router, reach: Reach, names: Mapping[str, str]) -> None:
    """Make a chat engine for every model whose provider there is an adapter for.

    Args:
        router: what is told of them; knows the catalogue.
        reach: through which the providers are reached.
        names: the providers' names by their ids.
    """
    for model in router.catalogue.models:
        if model.provider in CHAT_PROVIDERS and model.kind is Kind.CHAT:
            adapter = chat_adapter(model.provider)
            router.remote[model.slug] = RemoteChat(model, adapter, names[model.provider], reach)


def reach_realtime(
    router: Router, reach: Reach, names: Mapping[str, str]
) -> dict[str, RemoteRealtime]:
    """Make what opens realtime sessions, by slug, and what has one turn of text over one.

    The arguments are those of `reach_chat`.
    """
    engines = {
        model.slug: RemoteRealtime(
            model, realtime_adapter(model.provider), names[model.provider], reach
        )
        for model in router.catalogue.models
        if model.provider in REALTIME_PROVIDERS and model.kind is Kind.REALTIME
    }
    router.reach.update(engines)
    router.remote.update({slug: RealtimeChat(each) for slug, each in engines.items()})
    return engines


def reach_sound(router: Router, reach: Reach, names: Mapping[str, str]) -> SoundEngines:
    """Make what speaks and hears, at its own endpoints and for chat completions.

    The arguments are those of `reach_chat`.
    """
    engines = sound_engines(router.catalogue, reach, names)
    router.reach.update(engines.speech)
    router.reach.update(engines.transcription)
    router.remote.update({slug: SpokenChat(each) for slug, each in engines.speech.items()})
    router.remote.update(
        {slug: TranscribedChat(each) for slug, each in engines.transcription.items()}
    )
    return engines


def reach_videos(router: Router, reach: Reach, names: Mapping[str, str]) -> dict[str, VideoEngine]:
    """Make what renders video, by slug; what renders on this machine the router knows already.

    The arguments are those of `reach_chat`.
    """
    engines: dict[str, VideoEngine] = {
        slug: engine
        for slug, engine in router.reach.items()
        if isinstance(engine, StoryboardEngine)
    }
    for model in router.catalogue.models:
        if model.kind is Kind.VIDEO and model.provider in VIDEO_PROVIDERS:
            adapter = video_adapter(model.provider)
            engines[model.slug] = RemoteVideo(model, adapter, names[model.provider], reach)
    router.reach.update(engines)
    return engines
