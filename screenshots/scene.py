"""What happens at the gateway before the pictures are taken: keys, credit, requests, a video."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

__all__ = ["set_scene"]

_KEYS: tuple[dict[str, Any], ...] = (
    {"name": "my editor", "plan": "paid"},
    {"name": "the website", "plan": "paid", "budget_usd": "20", "budget_reset": "monthly"},
    {"name": "a child", "plan": "free", "allow": ["local-*", "provider:openai"]},
    {"name": "night job", "plan": "paid", "max_parallel": 4},
)
_ASKED = (
    ("claude-opus-4-7", "Explain how a rolling window differs from a bucket. [[long 300]]"),
    ("gpt-5.4-mini", "Name three birds."),
    ("gemini-3.1-pro", "Translate 'gateway' into five languages."),
    ("deepseek-v4-pro", "Write a limerick about latency. [[long 120]]"),
    ("kimi-k2.6", "What is a slug?"),
    ("glm-5.1", "Summarise this in one line."),
    ("local-smollm2-135m", "Hello!"),
    ("bedrock-claude-sonnet-4-6", "Review this function. [[long 200]]"),
    ("gpt-5.5", "Something that is refused. [[refuse]]"),
)


def set_scene(url: str, admin_token: str, home: Path) -> None:
    """Make keys, add credit, ask many models, render a video and speak a sentence."""
    admin = httpx.Client(
        base_url=f"{url}/admin/v1/",
        headers={"authorization": f"Bearer {admin_token}"},
        timeout=60,
        trust_env=False,
    )
    with admin:
        _added(admin, "credit", {"amount_usd": "50", "note": "the month's cap"})
        keys = [_added(admin, "keys", terms)["key"] for terms in _KEYS]
        # The app shows its own key's videos.
        own = _added(admin, "keys", {"name": "Miavo app", "plan": "paid"})["key"]
        (home / "app-key").write_text(own, encoding="utf-8")
    for turn in range(4):
        for number, (model, text) in enumerate(_ASKED):
            key = keys[(turn + number) % len(keys)]
            _ask(url, key, model, text)
    _make_media(url, own, home)


def _added(admin: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = admin.post(path, json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def _ask(url: str, key: str, model: str, text: str) -> None:
    body = {
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": 400,
        "stream": True,
    }
    with httpx.stream(
        "POST",
        f"{url}/v1/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {key}"},
        timeout=60,
        trust_env=False,
    ) as answer:
        for _ in answer.iter_raw():
            pass


def _make_media(url: str, key: str, home: Path) -> None:
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        sound = client.post(
            "/v1/audio/speech",
            json={"model": "local-espeak", "input": "Packets pass in the night.", "voice": "nova"},
        )
        made = home / "studio"
        made.mkdir(exist_ok=True)
        (made / "20261126-120000-local-espeak-packets-pass-in-the-night.mp3").write_bytes(
            sound.content
        )
        task = client.post(
            "/v1/videos/generations",
            json={
                "model": "local-storyboard",
                "prompt": "A lighthouse at dusk, waves rolling in",
                "duration_seconds": 4,
            },
        ).json()
        while client.get(f"/v1/videos/generations/{task['id']}").json()["status"] != "succeeded":
            time.sleep(0.2)
