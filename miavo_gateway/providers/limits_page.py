"""What becomes of each field at each provider, as one page: `LIMITS.md` beside this file.

`python -m miavo_gateway.providers.limits_page` writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from miavo_gateway.providers.limits import Limit

__all__ = ["PAGE", "limits_by_provider", "limits_page"]

PAGE = Path(__file__).with_name("LIMITS.md")

_HEAD = """# Fields that a provider has no equal for

What a provider cannot do is refused with `invalid_request` where leaving it out would change the
answer, and dropped where it would not; what it does in its own way is translated. Fields that are
not listed are carried as they are. Written by `python -m miavo_gateway.providers.limits_page`.
"""


def limits_by_provider() -> Mapping[str, tuple[Limit, ...]]:
    """The limits by the provider's id."""
    from miavo_gateway.providers import bedrock, gemini
    from miavo_gateway.providers.anthropic.limits import LIMITS as ANTHROPIC
    from miavo_gateway.providers.openai_responses.request import LIMITS as RESPONSES
    from miavo_gateway.providers.openai_shaped import ROWS
    from miavo_gateway.providers.realtime.limits import (
        GEMINI_LIVE,
        GLM_REALTIME,
        OPENAI_REALTIME,
    )
    from miavo_gateway.providers.speech import limits as sound

    return {
        "anthropic": ANTHROPIC,
        "bedrock": bedrock.LIMITS,
        "google, vertex": gemini.LIMITS,
        "openai, over its Responses API": RESPONSES,
        **{provider: row.limits for provider, row in ROWS.items()},
        "google, realtime": GEMINI_LIVE,
        "openai, realtime": OPENAI_REALTIME,
        "zhipu, realtime": GLM_REALTIME,
        "google, speech": sound.GEMINI,
        "local, speech": sound.ESPEAK,
        "local, transcription": sound.SPHINX,
        "minimax, music": sound.MUSIC,
        "minimax, speech": sound.MINIMAX,
        "openai, speech and transcription": sound.OPENAI,
        "vertex, music": sound.LYRIA,
        "vertex, speech": sound.CHIRP,
        "zhipu, speech": sound.ZHIPU,
    }


def limits_page() -> str:
    """The page, as Markdown."""
    parts = [_HEAD]
    for provider, limits in sorted(limits_by_provider().items()):
        if not limits:
            continue
        parts.append(f"\n## {provider}\n\n| field | | |\n|---|---|---|\n")
        parts += [f"| `{each.field}` | {each.treatment} | {each.note} |\n" for each in limits]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(limits_page())
