"""What becomes of OpenAI's realtime events where a provider has no equal for them."""

from __future__ import annotations

from miavo_gateway.providers.limits import Limit

__all__ = ["GEMINI_LIVE", "GLM_REALTIME", "OPENAI_REALTIME"]

OPENAI_REALTIME: tuple[Limit, ...] = (
    Limit("session.model", "refused", "A session keeps the model that it was opened with."),
    Limit("session.type", "refused", "Sessions of the type `realtime` alone are offered."),
    Limit("rate_limits.updated", "translated", "Tells the windows of the key, not the account's."),
)
_OF_BOTH: tuple[Limit, ...] = (
    Limit("session.model", "refused", "A session keeps the model that it was opened with."),
    Limit("session.audio.input.noise_reduction", "dropped", "There is no such setting."),
    Limit("session.audio.output.speed", "refused", "Other than 1: the speed cannot be set."),
    Limit("session.audio.output.voice", "translated", "Voices of OpenAI's become the default one."),
    Limit("turn_detection.create_response", "refused", "`false`: speech is always replied to."),
    Limit("conversation.item.truncate", "refused", "The provider knows itself what was heard."),
    Limit("conversation.item.create.previous_item_id", "refused", "Items go to the end."),
    Limit("response.conversation", "refused", "`none`: a session has one conversation."),
    Limit("response.instructions", "refused", "As `tools`, `tool_choice`, `input`, `audio` and "
          "`max_output_tokens`: they hold for a session, not for one response."),
    Limit("tracing, truncation, include, prompt, reasoning", "dropped", "Not known elsewhere."),
)  # fmt: skip
GEMINI_LIVE: tuple[Limit, ...] = (
    *_OF_BOTH,
    Limit("session.output_modalities", "translated", "`text` is the transcript of what is spoken."),
    Limit("session.update", "translated", "Opens the next socket; in mid conversation by the "
          "handle with which Google resumes a session."),
    Limit("session.tool_choice", "refused", "Other than `auto` and `none`."),
    Limit("session.audio.input.format", "translated", "Resampled to 16 kHz."),
    Limit("input_audio_buffer.clear", "refused", "With turn detection: Gemini has heard it."),
    Limit("conversation.item.create", "translated", "Text is held back until `response.create`; "
          "items of other roles than `user` before the first reply only."),
    Limit("conversation.item.delete", "refused", "Once Gemini has been told of the item."),
    Limit("response.cancel", "translated", "Gemini goes on unheard to the end of its turn, and "
          "what it makes is paid for."),
)  # fmt: skip
GLM_REALTIME: tuple[Limit, ...] = (
    *_OF_BOTH,
    Limit("session.audio.input.format", "translated", "Into WAV files at 16 kHz."),
    Limit("session.audio.input.turn_detection", "translated", "`semantic_vad` as `server_vad`, "
          "null as `client_vad`."),
    Limit("conversation.item.create.content.input_image", "refused", "In video calls only."),
)  # fmt: skip
