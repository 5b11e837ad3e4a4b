"""Which simulated session answers on which address of a provider's."""

from __future__ import annotations

from miavo_gateway.sandbox.realtime.talk import Talk
from miavo_gateway.sandbox.simulator import Received, Simulated, Simulator

__all__ = ["open_talk"]

_LIVE = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"


def open_talk(speaker: Simulator, received: Received) -> Talk | Simulated:
    """The session that an upgrade opens, or the provider's answer that refuses it."""
    match speaker.provider:
        case "openai" if received.path == "/v1/realtime":
            from miavo_gateway.sandbox.realtime import openai

            if "realtime=v1" in received.headers.get("openai-beta", ""):
                return speaker.failure(400, "The Realtime Beta API is no longer supported.")
            model = received.query.get("model", "")
            if model not in openai.MODELS:
                return speaker.failure(404, f"The model '{model[:60]}' does not exist.")
            return openai.OpenAITalk(model)
        case "zhipu" if received.path == "/api/paas/v4/realtime":
            from miavo_gateway.sandbox.realtime.glm import GLMTalk

            return GLMTalk()
        case "google" if received.path in map(_LIVE.format, ("v1", "v1beta", "v1alpha")):
            from miavo_gateway.sandbox.realtime.gemini import LiveTalk

            return LiveTalk()
    return speaker.failure(404, "There is no socket here.")
