"""Examples for the endpoints that models of sound have of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from shlex import quote

from miavo_gateway.catalogue.code_examples.prompts import AUDIO_FILE, prompt_for
from miavo_gateway.catalogue.model import Kind, Model

__all__ = ["OWN_ENDPOINTS", "own_endpoint_programs"]

OWN_ENDPOINTS = {
    Kind.SPEECH: "/v1/audio/speech",
    Kind.MUSIC: "/v1/audio/speech",
    Kind.TRANSCRIPTION: "/v1/audio/transcriptions",
    Kind.REALTIME: "/v1/realtime",
}
"""Where a kind can be called beside `/v1/chat/completions`."""

_PYTHON = {
    Kind.MUSIC: """\
import os

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

with client.audio.speech.with_streaming_response.create(
    model=@SLUG@,
    voice="",  # OpenAI's package asks for one; music has none.
    input=@PROMPT@,
) as music:
    music.stream_to_file(@FILE@)
""",
    Kind.SPEECH: """\
import os

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

with client.audio.speech.with_streaming_response.create(
    model=@SLUG@,
    voice="alloy",
    input=@PROMPT@,
    response_format="wav",
) as speech:
    speech.stream_to_file(@FILE@)
""",
    Kind.TRANSCRIPTION: """\
import os

from openai import OpenAI

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

# recording.wav is what will be written down.
with open("recording.wav", "rb") as recording:
    transcription = client.audio.transcriptions.create(model=@SLUG@, file=recording)
print(transcription.text)
""",
    Kind.REALTIME: """\
import os

from openai import OpenAI  # pip install "openai[realtime]"

client = OpenAI(base_url=@URL@, api_key=os.environ["MIAVO_API_KEY"])

with client.realtime.connect(model=@SLUG@) as connection:
    connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
    connection.conversation.item.create(
        item={
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": @PROMPT@}],
        }
    )
    connection.response.create()
    for event in connection:
        if event.type in ("response.output_text.delta", "response.output_audio_transcript.delta"):
            print(event.delta, end="", flush=True)
        elif event.type == "error":
            raise SystemExit(event.error.message)
        elif event.type == "response.done":
            break
print()
""",
}

_TYPESCRIPT = {
    Kind.MUSIC: """\
import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});

const music = await client.audio.speech.create({
  model: @SLUG@,
  voice: '', // OpenAI's package asks for one; music has none.
  input: @PROMPT@,
});
await writeFile(@FILE@, Buffer.from(await music.arrayBuffer()));
""",
    Kind.SPEECH: """\
import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});

const speech = await client.audio.speech.create({
  model: @SLUG@,
  voice: 'alloy',
  input: @PROMPT@,
  response_format: 'wav',
});
await writeFile(@FILE@, Buffer.from(await speech.arrayBuffer()));
""",
    Kind.TRANSCRIPTION: """\
import { createReadStream } from 'node:fs';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});

// recording.wav is what will be written down.
const transcription = await client.audio.transcriptions.create({
  model: @SLUG@,
  file: createReadStream('recording.wav'),
});
console.log(transcription.text);
""",
    # The realtime client of OpenAI's Node package connects over TLS only; its events are the same.
    Kind.REALTIME: """\
import { WebSocket } from 'ws'; // npm install ws

const socket = new WebSocket(@SOCKET@, {
  headers: { Authorization: `Bearer ${process.env.MIAVO_API_KEY}` },
});
const send = (event: object) => socket.send(JSON.stringify(event));

socket.on('open', () => {
  send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  send({
    type: 'conversation.item.create',
    item: {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: @PROMPT@ }],
    },
  });
  send({ type: 'response.create' });
});
socket.on('message', (data) => {
  const event = JSON.parse(data.toString());
  if (event.type.endsWith('output_text.delta') || event.type.endsWith('transcript.delta')) {
    process.stdout.write(event.delta);
  } else if (event.type === 'error') {
    console.error(event.error.message);
    socket.close();
  } else if (event.type === 'response.done') {
    console.log();
    socket.close();
  }
});
""",
}

_AUTH = '-H "Authorization: Bearer $MIAVO_API_KEY"'


def own_endpoint_programs(model: Model, base_url: str) -> dict[str, str]:
    """Programs that call the model at its own endpoint, by language.

    Empty for a kind that has none. None for realtime is in curl, which holds no conversation.
    """
    if model.kind not in OWN_ENDPOINTS:
        return {}
    programs = {
        "curl": _curl(model, base_url),
        "python": _filled(_PYTHON[model.kind], model, base_url, json.dumps),
        "typescript": _filled(_TYPESCRIPT[model.kind], model, base_url, _single_quoted),
    }
    return {language: program for language, program in programs.items() if program}


def _filled(template: str, model: Model, base_url: str, literal: Callable[[str], str]) -> str:
    socket = f"ws{base_url.removeprefix('http')}/v1/realtime?model={model.slug}"
    for place, text in {
        "@URL@": f"{base_url}/v1",
        "@SOCKET@": socket,
        "@SLUG@": model.slug,
        "@PROMPT@": prompt_for(model.kind),
        "@FILE@": AUDIO_FILE.get(model.kind, ""),
    }.items():
        template = template.replace(place, literal(text))
    return template


def _curl(model: Model, base_url: str) -> str:
    url = quote(base_url + OWN_ENDPOINTS[model.kind])
    if model.kind is Kind.TRANSCRIPTION:
        return f"""\
# recording.wav is what will be written down.
curl -sS {url} \\
  {_AUTH} \\
  -F model={quote(model.slug)} \\
  -F file=@recording.wav
"""
    if model.kind is Kind.REALTIME:
        return ""
    body = {"model": model.slug, "input": prompt_for(model.kind)}
    if model.kind is Kind.SPEECH:
        body |= {"voice": "alloy", "response_format": "wav"}
    return f"""\
curl -sS --fail-with-body {url} \\
  {_AUTH} \\
  -H "Content-Type: application/json" \\
  -d {quote(json.dumps(body, indent=2))} \\
  -o {AUDIO_FILE[model.kind]}
"""


def _single_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
