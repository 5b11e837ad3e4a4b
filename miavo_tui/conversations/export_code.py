"""Programs that send a conversation's last request once more.

What was attached stands in the messages as `@@SHA@@` and becomes a call that reads its file.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["curl_code", "python_code", "typescript_code"]

_MARK = re.compile(r'"([^"]*?)@@([0-9a-f]{64})@@"')
_SDK_FIELDS = frozenset(
    (
        *("temperature", "top_p", "max_tokens", "seed", "presence_penalty", "frequency_penalty"),
        *("stop", "reasoning_effort", "response_format", "tools", "tool_choice", "modalities"),
        *("audio", "logit_bias", "user", "logprobs", "top_logprobs", "parallel_tool_calls"),
        *("max_completion_tokens",),
    )
)
"""What OpenAI's Python package takes by name."""
_INLINE_BYTES = 60_000
"""The longest body that is written into a shell script; a longer one goes to a file."""


def python_code(
    *,
    title: str,
    base_url: str,
    models: Sequence[str],
    messages: Sequence[Any],
    fields: Mapping[str, Any],
    names: Mapping[str, str],
    **_: Any,
) -> tuple[str, Mapping[str, bytes]]:
    """A program for OpenAI's Python package."""
    named = {name: value for name, value in fields.items() if name in _SDK_FIELDS}
    further = {name: value for name, value in fields.items() if name not in _SDK_FIELDS}
    imports = ["import os"]
    reading = ""
    if names:
        imports = ["import base64", "import os", "from pathlib import Path"]
        reading = (
            "\n\ndef base64_of(name):\n"
            "    return base64.b64encode((Path(__file__).parent / name).read_bytes()).decode()\n"
        )
    arguments = [f"        {name}={_python(value, 8)},\n" for name, value in named.items()]
    if further:
        arguments.append(f"        extra_body={_python(further, 8)},\n")
    whole = "tools" in named or "audio" in named
    call = (
        "client.chat.completions.create(\n"
        "        model=model,\n"
        "        messages=messages,\n"
        f"{''.join(arguments)}"
        f"{'' if whole else '        stream=True,' + chr(10)}"
        "    )\n"
    )
    if whole:
        tail = f"    completion = {call}    print(completion.choices[0].message.to_json())\n"
    else:
        tail = (
            f"    stream = {call}"
            "    for chunk in stream:\n"
            "        if chunk.choices:\n"
            '            print(chunk.choices[0].delta.content or "", end="", flush=True)\n'
            "    print()\n"
        )
    heading = title.replace("\\", "").replace('"""', "'''")
    text = (
        f'"""{heading}"""\n\n' + "\n".join(imports) + "\n\nfrom openai import OpenAI\n"
        f"{reading}\n\n"
        f'client = OpenAI(base_url="{base_url}/v1", api_key=os.environ["MIAVO_API_KEY"])\n\n'
        f"messages = {_marked(_python(messages, 0), names, 'base64_of')}\n\n"
        f"for model in {_python(list(models), 0)}:\n{tail}"
    )
    return text, {}


def typescript_code(
    *,
    title: str,
    base_url: str,
    models: Sequence[str],
    messages: Sequence[Any],
    fields: Mapping[str, Any],
    names: Mapping[str, str],
    **_: Any,
) -> tuple[str, Mapping[str, bytes]]:
    """A program for OpenAI's TypeScript package."""
    imports = 'import OpenAI from "openai";\n'
    reading = ""
    if names:
        imports = 'import { readFileSync } from "node:fs";\n' + imports
        reading = (
            "const base64Of = (name: string): string =>\n"
            '  readFileSync(new URL(name, import.meta.url)).toString("base64");\n\n'
        )
    whole = "tools" in fields or "audio" in fields
    params = "".join(f"    {name}: {_json(value, 4)},\n" for name, value in fields.items())
    kind = (
        "ChatCompletionCreateParamsNonStreaming"
        if whole
        else ("ChatCompletionCreateParamsStreaming")
    )
    call = (
        "client.chat.completions.create({\n"
        "    model,\n"
        "    messages,\n"
        f"{params}"
        f"    stream: {'false' if whole else 'true'},\n"
        f"  }} as OpenAI.Chat.{kind});\n"
    )
    if whole:
        tail = (
            f"  const completion = await {call}"
            "  console.log(JSON.stringify(completion.choices[0]?.message, null, 2));\n"
        )
    else:
        tail = (
            f"  const stream = await {call}"
            "  for await (const chunk of stream) {\n"
            '    process.stdout.write(chunk.choices[0]?.delta?.content ?? "");\n'
            "  }\n"
            "  console.log();\n"
        )
    written = _marked(_json(list(messages), 0), names, "base64Of")
    text = (
        f"// {title}\n{imports}\n"
        "const client = new OpenAI({\n"
        f'  baseURL: "{base_url}/v1",\n'
        "  apiKey: process.env.MIAVO_API_KEY,\n"
        "});\n\n"
        f"{reading}"
        f"const messages: OpenAI.Chat.ChatCompletionMessageParam[] = {written};\n\n"
        f"for (const model of {_json(list(models), 0)}) {{\n{tail}}}\n"
    )
    return text, {}


def curl_code(
    *,
    title: str,
    base_url: str,
    models: Sequence[str],
    messages: Sequence[Any],
    fields: Mapping[str, Any],
    names: Mapping[str, str],
    blobs: Mapping[str, bytes],
    folder: str,
) -> tuple[str, Mapping[str, bytes]]:
    """A shell script; a body that is long goes to a file."""
    whole = "tools" in fields or "audio" in fields
    parts = [f"#!/bin/sh\n# {title}\n"]
    files: dict[str, bytes] = {}
    for place, model in enumerate(models):
        body = {"model": model, "messages": list(messages), **fields, "stream": not whole}
        text = re.sub(
            r"@@([0-9a-f]{64})@@",
            lambda found: (
                base64.b64encode(blobs[found[1]]).decode() if found[1] in names else found[0]
            ),
            json.dumps(body, indent=2, ensure_ascii=False),
        )
        call = (
            f"curl -sS{'' if whole else 'N'} {shlex.quote(base_url + '/v1/chat/completions')} \\\n"
            '  -H "Authorization: Bearer $MIAVO_API_KEY" \\\n'
            '  -H "Content-Type: application/json" \\\n'
        )
        if len(text) > _INLINE_BYTES:
            name = "request.json" if len(models) == 1 else f"request-{place + 1}.json"
            files[name] = text.encode()
            parts.append(f'{call}  -d @"$(dirname "$0")"/{shlex.quote(f"{folder}/{name}")}\n')
        else:
            end = "JSON"
            while f"\n{end}\n" in f"\n{text}\n":
                end += "_"
            parts.append(f"{call}  -d @- <<'{end}'\n{text}\n{end}\n")
    return "\n".join(parts), files


def _marked(code: str, names: Mapping[str, str], function: str) -> str:
    def call(found: re.Match[str]) -> str:
        if found[2] not in names:
            return found[0]
        read = f"{function}({json.dumps(names[found[2]], ensure_ascii=False)})"
        return f'"{found[1]}" + {read}' if found[1] else read

    return _MARK.sub(call, code)


def _json(value: object, indent: int) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.replace("\n", "\n" + " " * indent)


def _python(value: object, indent: int) -> str:
    """A JSON value as a Python literal, a line for each member."""
    blank = " " * indent
    if isinstance(value, Mapping):
        inside = "".join(
            f"{blank}    {json.dumps(name, ensure_ascii=False)}: {_python(each, indent + 4)},\n"
            for name, each in value.items()
        )
        return f"{{\n{inside}{blank}}}" if inside else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        inside = "".join(f"{blank}    {_python(each, indent + 4)},\n" for each in value)
        return f"[\n{inside}{blank}]" if inside else "[]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
