"""The lines that point another program's OpenAI client at this gateway."""

from __future__ import annotations

__all__ = ["PLACEHOLDER", "SHELLS", "environment_lines"]

PLACEHOLDER = "sk-maas-…"
"""Stands for a key that cannot be shown again."""

SHELLS = (
    ("posix", "sh, bash, zsh"),
    ("fish", "fish"),
    ("powershell", "PowerShell"),
    ("dotenv", ".env file"),
)
"""Where the lines are for, and what that is called."""

_LINE = {
    "posix": 'export {name}="{value}"',
    "fish": 'set -gx {name} "{value}"',
    "powershell": '$env:{name} = "{value}"',
    "dotenv": "{name}={value}",
}


def environment_lines(shell: str, url: str, key: str) -> str:
    """Lines to paste.

    Args:
        shell: a name in `SHELLS`.
        url: the gateway's address, such as `http://127.0.0.1:6428`.
        key: the key, or `PLACEHOLDER`.
    """
    line = _LINE[shell]
    values = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": key}
    return "\n".join(line.format(name=name, value=value) for name, value in values.items())
