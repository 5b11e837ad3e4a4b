"""How programs that people use are pointed at this gateway, ready to be pasted.

Formats are those of the programs' own documentation, looked up in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["SETUPS", "Place", "Setup"]


@dataclass(frozen=True, slots=True)
class Place:
    """What a setup is filled with."""

    url: str
    """The gateway's address, without a path."""
    key: str
    model: str
    """The slug that is asked first."""

    @property
    def base(self) -> str:
        """The base URL that clients of OpenAI's API take."""
        return f"{self.url}/v1"

    @property
    def from_container(self) -> str:
        """The base URL as seen from a container on the same machine."""
        for own in ("127.0.0.1", "localhost", "[::1]"):
            if f"//{own}:" in self.base:
                return self.base.replace(f"//{own}:", "//host.docker.internal:")
        return self.base


@dataclass(frozen=True, slots=True)
class Setup:
    """One program."""

    name: str
    where: str
    """Where the text belongs, in a few words."""
    language: str
    """By which it is coloured."""
    text: Callable[[Place], str]


def _environment(at: Place) -> str:
    return f"""\
export OPENAI_BASE_URL="{at.base}"
export OPENAI_API_KEY="{at.key}"
# older programs read this one
export OPENAI_API_BASE="{at.base}"
"""


def _curl(at: Place) -> str:
    return f"""\
curl {at.base}/chat/completions \\
  -H "Authorization: Bearer {at.key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{at.model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}'
"""


def _python(at: Place) -> str:
    return f"""\
# pip install openai
from openai import OpenAI

client = OpenAI(base_url="{at.base}", api_key="{at.key}")
stream = client.chat.completions.create(
    model="{at.model}",
    messages=[{{"role": "user", "content": "Hello!"}}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
"""


def _node(at: Place) -> str:
    return f"""\
// npm install openai
import OpenAI from "openai";

const client = new OpenAI({{
  baseURL: "{at.base}",
  apiKey: "{at.key}",
}});
const stream = await client.chat.completions.create({{
  model: "{at.model}",
  messages: [{{ role: "user", content: "Hello!" }}],
  stream: true,
}});
for await (const chunk of stream) {{
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}}
"""


def _continue(at: Place) -> str:
    return f"""\
name: Miavo
version: 0.0.1
schema: v1
models:
  - name: {at.model}
    provider: openai
    model: {at.model}
    apiBase: {at.base}
    apiKey: {at.key}
    roles: [chat, edit, apply]
"""


def _zed(at: Place) -> str:
    return f"""\
// The key does not belong in this file: start Zed with MIAVO_API_KEY={at.key}
// in its environment, or enter it in the agent's settings.
{{
  "language_models": {{
    "openai_compatible": {{
      "Miavo": {{
        "api_url": "{at.base}",
        "available_models": [
          {{
            "name": "{at.model}",
            "display_name": "{at.model}",
            "max_tokens": 128000,
            "capabilities": {{ "tools": true, "images": false }}
          }}
        ]
      }}
    }}
  }}
}}
"""


def _aider(at: Place) -> str:
    return f"""\
export OPENAI_API_BASE="{at.base}"
export OPENAI_API_KEY="{at.key}"
aider --model openai/{at.model}
"""


def _cline(at: Place) -> str:
    return f"""\
API Provider     OpenAI Compatible
Base URL         {at.base}
API Key          {at.key}
Model ID         {at.model}
"""


def _opencode(at: Place) -> str:
    return f"""\
{{
  "$schema": "https://opencode.ai/config.json",
  "provider": {{
    "miavo": {{
      "npm": "@ai-sdk/openai-compatible",
      "name": "Miavo",
      "options": {{
        "baseURL": "{at.base}",
        "apiKey": "{at.key}"
      }},
      "models": {{
        "{at.model}": {{ "name": "{at.model}" }}
      }}
    }}
  }}
}}
"""


def _librechat(at: Place) -> str:
    return f"""\
# Its container reaches this machine as host.docker.internal, and the gateway
# has to listen there: miavo serve --host 0.0.0.0
version: 1.2.8
endpoints:
  custom:
    - name: "Miavo"
      apiKey: "{at.key}"
      baseURL: "{at.from_container}"
      models:
        default: ["{at.model}"]
        fetch: true
      titleConvo: true
      titleModel: "{at.model}"
"""


def _open_webui(at: Place) -> str:
    return f"""\
# The gateway has to listen for containers: miavo serve --host 0.0.0.0
docker run -d -p 3000:8080 --name open-webui \\
  --add-host=host.docker.internal:host-gateway \\
  -e OPENAI_API_BASE_URL="{at.from_container}" \\
  -e OPENAI_API_KEY="{at.key}" \\
  -v open-webui:/app/backend/data \\
  ghcr.io/open-webui/open-webui:main
"""


SETUPS = (
    Setup("Environment", "your shell, or its profile", "bash", _environment),
    Setup("curl", "your shell", "bash", _curl),
    Setup("OpenAI, Python", "a program", "python", _python),
    Setup("OpenAI, Node", "a module (.mjs)", "javascript", _node),
    Setup("Continue", "~/.continue/config.yaml", "yaml", _continue),
    Setup("Zed", "settings.json", "json", _zed),
    Setup("aider", "your shell", "bash", _aider),
    Setup("Cline", "its settings, the gear at its top", "text", _cline),
    Setup("opencode", "opencode.json, or ~/.config/opencode/", "json", _opencode),
    Setup("LibreChat", "librechat.yaml", "yaml", _librechat),
    Setup("Open WebUI", "your shell", "bash", _open_webui),
)
