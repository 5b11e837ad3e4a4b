"""Examples for TypeScript with the package `openai`, as an ES module under Node."""

from __future__ import annotations

import json

from miavo_gateway.catalogue.code_examples.prompts import (
    AUDIO_FILE,
    PREVIEW_REMARK,
    VIDEO_SECONDS,
    prompt_for,
)
from miavo_gateway.catalogue.model import Kind, Model

__all__ = ["typescript_example"]

_CHAT = """\
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});
@REMARK@
const completion = await client.chat.completions.create({
  model: @SLUG@,
  messages: [{ role: 'user', content: @PROMPT@ }],
});
console.log(completion.choices[0]?.message.content);
"""

_AUDIO = """\
import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});

const completion = await client.chat.completions.create({
  model: @SLUG@,
  modalities: ['text', 'audio'],@FORMAT@
  messages: [{ role: 'user', content: @PROMPT@ }],
});
const audio = completion.choices[0]?.message.audio;
if (!audio) throw new Error('The reply carries no audio.');
await writeFile(@FILE@, Buffer.from(audio.data, 'base64'));
console.log(audio.transcript);
"""

_FORMAT = """
  audio: { voice: 'alloy', format: 'wav' },"""

_TRANSCRIPTION = """\
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: @URL@,
  apiKey: process.env.MIAVO_API_KEY,
});

// recording.wav is what will be written down.
const recording = await readFile('recording.wav', 'base64');
const completion = await client.chat.completions.create({
  model: @SLUG@,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: @PROMPT@ },
        { type: 'input_audio', input_audio: { data: recording, format: 'wav' } },
      ],
    },
  ],
});
console.log(completion.choices[0]?.message.content);
"""

_VIDEO = """\
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';

type Task = { id: string; status: string; video_url?: string; error?: unknown };

const gateway = @GATEWAY@;
const client = new OpenAI({
  baseURL: `${gateway}/v1`,
  apiKey: process.env.MIAVO_API_KEY,
});

// Hand in the job.
let task: Task = await client.post('/videos/generations', {
  body: {
    model: @SLUG@,
    prompt: @PROMPT@,
    aspect_ratio: '16:9',
    duration_seconds: @SECONDS@,
  },
});

// Ask after it until it is done; a minute or more is usual.
while (task.status === 'pending' || task.status === 'running') {
  await sleep(5000);
  task = await client.get(`/videos/generations/${task.id}`);
}
if (task.status !== 'succeeded') throw new Error(`No video: ${JSON.stringify(task.error)}`);

// Fetch the file.
const video = await client.get(`${gateway}${task.video_url}`).asResponse();
await writeFile('video.mp4', Buffer.from(await video.arrayBuffer()));
"""


def typescript_example(model: Model, base_url: str) -> str:
    """A TypeScript program that calls the model."""
    template = {
        Kind.VIDEO: _VIDEO,
        Kind.SPEECH: _AUDIO,
        Kind.MUSIC: _AUDIO,
        Kind.TRANSCRIPTION: _TRANSCRIPTION,
    }.get(model.kind, _CHAT)
    filled = {
        "@URL@": _literal(f"{base_url}/v1"),
        "@GATEWAY@": _literal(base_url),
        "@SLUG@": _literal(model.slug),
        "@PROMPT@": _literal(prompt_for(model.kind)),
        "@SECONDS@": str(VIDEO_SECONDS),
        "@FILE@": _literal(AUDIO_FILE.get(model.kind, "")),
        "@FORMAT@": _FORMAT if model.kind is Kind.SPEECH else "",
        "@REMARK@": f"\n// {PREVIEW_REMARK}" if model.kind is Kind.IMAGE else "",
    }
    for place, text in filled.items():
        template = template.replace(place, text)
    return template


def _literal(text: str) -> str:
    """A string literal in single quotes, as the rest of the example writes them."""
    return "'" + json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
