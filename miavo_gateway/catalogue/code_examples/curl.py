"""Examples for curl in a POSIX shell."""

from __future__ import annotations

import json
from shlex import quote

from miavo_gateway.catalogue.code_examples.prompts import (
    AUDIO_FILE,
    PREVIEW_REMARK,
    VIDEO_SECONDS,
    prompt_for,
)
from miavo_gateway.catalogue.model import Kind, Model

__all__ = ["curl_example"]

_AUTH = '-H "Authorization: Bearer $MIAVO_API_KEY"'
_JSON = '-H "Content-Type: application/json"'

_SAVE = (
    "python3 -c 'import base64, json, sys; sys.stdout.buffer.write(base64.b64decode("
    'json.load(sys.stdin)["choices"][0]["message"]["audio"]["data"]))\''
)


def curl_example(model: Model, base_url: str) -> str:
    """A shell script that calls the model."""
    url = f"{base_url}/v1"
    prompt = prompt_for(model.kind)
    match model.kind:
        case Kind.VIDEO:
            return _video(model, url, prompt)
        case Kind.SPEECH | Kind.MUSIC:
            body = {"model": model.slug, **_audio(model.kind), "messages": [_user(prompt)]}
            return f"{_post(url, body)} \\\n  | {_SAVE} > {AUDIO_FILE[model.kind]}\n"
        case Kind.TRANSCRIPTION:
            return _transcription(model, url, prompt)
        case Kind.IMAGE:
            body = {"model": model.slug, "messages": [_user(prompt)]}
            return f"# {PREVIEW_REMARK}\n{_post(url, body)}\n"
        case _:
            return f"{_post(url, {'model': model.slug, 'messages': [_user(prompt)]})}\n"


def _user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def _audio(kind: Kind) -> dict[str, object]:
    asked: dict[str, object] = {"modalities": ["text", "audio"]}
    if kind is Kind.SPEECH:
        asked["audio"] = {"voice": "alloy", "format": "wav"}
    return asked


def _post(url: str, body: dict[str, object], path: str = "/chat/completions") -> str:
    return (
        f"curl -sS {quote(url + path)} \\\n  {_AUTH} \\\n  {_JSON} \\\n  -d {quote(_pretty(body))}"
    )


def _pretty(body: dict[str, object]) -> str:
    """JSON with one line for each field, which reads well on a small screen."""
    fields = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in body.items()]
    return "{\n" + ",\n".join(fields) + "\n}"


def _transcription(model: Model, url: str, prompt: str) -> str:
    # The recording is piped: as an argument it would be too long for a shell.
    sound = {"type": "input_audio", "input_audio": {"data": "@AUDIO@", "format": "wav"}}
    content = [{"type": "text", "text": prompt}, sound]
    before, after = _pretty({"model": model.slug, "messages": [_user(content)]}).split("@AUDIO@")
    return f"""\
# recording.wav is what will be written down.
{{
  printf '%s' {quote(before)}
  base64 < recording.wav | tr -d '\\n'
  printf '%s' {quote(after)}
}} | curl -sS {quote(url + "/chat/completions")} \\
  {_AUTH} \\
  {_JSON} \\
  -d @-
"""


def _video(model: Model, url: str, prompt: str) -> str:
    jobs = "/videos/generations"
    body: dict[str, object] = {
        "model": model.slug,
        "prompt": prompt,
        "aspect_ratio": "16:9",
        "duration_seconds": VIDEO_SECONDS,
    }
    # In a subshell, so that giving up does not close the terminal that this is pasted into.
    return f"""\
(
set -e
# Hand in the job.
id=$({_post(url, body, jobs)} \\
  | {_read("id")})

# Ask after it until it is done; a minute or more is usual.
while :; do
  task=$(curl -sS {quote(url + jobs)}/"$id" \\
    {_AUTH})
  case $(printf '%s' "$task" | {_read("status")}) in
    pending | running) sleep 5 ;;
    succeeded) break ;;
    *) printf '%s\\n' "$task" >&2; exit 1 ;;
  esac
done

# Fetch the file.
path=$(printf '%s' "$task" | {_read("video_url")})
curl -sS -o video.mp4 {quote(url.removesuffix("/v1"))}"$path" \\
  {_AUTH}
)
"""


def _read(field: str) -> str:
    # curl cannot read JSON, and Python is on more machines than jq.
    return f"python3 -c 'import json, sys; print(json.load(sys.stdin)[\"{field}\"])'"
