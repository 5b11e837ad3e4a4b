"""Examples for Python with the package `openai`."""

from __future__ import annotations

import json

from miavo_gateway.catalogue.code_examples.prompts import (
    AUDIO_FILE,
    PREVIEW_REMARK,
    VIDEO_SECONDS,
    prompt_for,
)
from miavo_gateway.catalogue.model import Kind, Model

__all__ = ["python_example"]

_CHAT = """\
import os

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])
@REMARK@
completion = client.chat.completions.create(
    model=@SLUG@,
    messages=[{"role": "user", "content": @PROMPT@}],
)
print(completion.choices[0].message.content)
"""

_AUDIO = """\
import base64
import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

completion = client.chat.completions.create(
    model=@SLUG@,
    modalities=["text", "audio"],@FORMAT@
    messages=[{"role": "user", "content": @PROMPT@}],
)
audio = completion.choices[0].message.audio
Path(@FILE@).write_bytes(base64.b64decode(audio.data))
print(audio.transcript)
"""

_FORMAT = """
    audio={"voice": "alloy", "format": "wav"},"""

_TRANSCRIPTION = """\
import base64
import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

# recording.wav is what will be written down.
recording = base64.b64encode(Path("recording.wav").read_bytes()).decode()
completion = client.chat.completions.create(
    model=@SLUG@,
    messages=[
        {
            "role": "user",
            "content": [
                {"type": "text", "text": @PROMPT@},
                {"type": "input_audio", "input_audio": {"data": recording, "format": "wav"}},
            ],
        }
    ],
)
print(completion.choices[0].message.content)
"""

_VIDEO = """\
import os
import time

from openai import HttpxBinaryResponseContent, OpenAI

GATEWAY = @GATEWAY@
client = OpenAI(base_url=GATEWAY + "/v1", api_key=os.environ["MIAVO_API_KEY"])

# Hand in the job.
task = client.post(
    "/videos/generations",
    cast_to=object,
    body={
        "model": @SLUG@,
        "prompt": @PROMPT@,
        "aspect_ratio": "16:9",
        "duration_seconds": @SECONDS@,
    },
)

# Ask after it until it is done; a minute or more is usual.
while task["status"] in ("pending", "running"):
    time.sleep(5)
    task = client.get("/videos/generations/" + task["id"], cast_to=object)
if task["status"] != "succeeded":
    raise SystemExit(f"No video: {task['error']}")

# Fetch the file.
video = client.get(GATEWAY + task["video_url"], cast_to=HttpxBinaryResponseContent)
video.write_to_file("video.mp4")
"""


def python_example(model: Model, base_url: str) -> str:
    """A Python program that calls the model."""
    template = {
        Kind.VIDEO: _VIDEO,
        Kind.SPEECH: _AUDIO,
        Kind.MUSIC: _AUDIO,
        Kind.TRANSCRIPTION: _TRANSCRIPTION,
    }.get(model.kind, _CHAT)
    filled = {
        "@URL@": json.dumps(f"{base_url}/v1"),
        "@GATEWAY@": json.dumps(base_url),
        "@SLUG@": json.dumps(model.slug),
        "@PROMPT@": json.dumps(prompt_for(model.kind)),
        "@SECONDS@": str(VIDEO_SECONDS),
        "@FILE@": json.dumps(AUDIO_FILE.get(model.kind, "")),
        "@FORMAT@": _FORMAT if model.kind is Kind.SPEECH else "",
        "@REMARK@": f"\n# {PREVIEW_REMARK}" if model.kind is Kind.IMAGE else "",
    }
    for place, text in filled.items():
        template = template.replace(place, text)
    return template
