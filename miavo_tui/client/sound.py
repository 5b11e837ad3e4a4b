"""Text spoken and recordings heard, over the gateway's endpoints for sound."""

from __future__ import annotations

from pathlib import Path

from miavo_tui.client.connection import Connection
from miavo_tui.json_fields import JsonObject
from miavo_tui.plain_text import printable

__all__ = ["Sound"]


class Sound:
    """Speech and transcription."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def speak(self, body: JsonObject, to: Path) -> None:
        """Write a text, spoken, to a file.

        Args:
            body: a request of `/v1/audio/speech`.
            to: where the sound goes; it is whole or absent.

        Raises:
            OSError: the file cannot be written.
        """
        await self._connection.fetch("POST", "/v1/audio/speech", to, body)

    async def transcribe(
        self, name: str, recording: bytes, model: str, *, form: str, language: str | None = None
    ) -> str:
        """What is said in a recording.

        Args:
            name: the file's name, whose ending tells its format.
            recording: its content.
            model: a slug.
            form: `text`, `srt`, `vtt`, `json` or `verbose_json`.
            language: such as `en`; None to let the model find out.
        """
        fields = {"model": model, "response_format": form}
        if language:
            fields["language"] = language
        response = await self._connection.call(
            "POST", "/v1/audio/transcriptions", form=fields, file=(name, recording)
        )
        return printable(response.text)
