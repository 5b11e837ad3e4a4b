"""Makes the pictures in this folder from the real app on a real gateway.

Run it from the checkout: `uv run --group dev python screenshots/make.py [NAME ...]`. It writes an
SVG for each picture, and a PNG of those that the README shows, where Chromium is installed (and
Fira Code, for the letters). The gateway listens on its usual port on a fresh home, in the sandbox;
what the pictures show was asked of it before (`screenshots/scene.py`). The same code gives the same
pictures but for times; the conversation shown was had with the model once and is kept below.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scene import set_scene
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from miavo_tui.app import MiavoApp
from miavo_tui.conversations.records import ReplyState, ReplyStats
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.link import Phase
from miavo_tui.screens.catalogue import CatalogueScreen
from miavo_tui.screens.chat import ChatScreen
from miavo_tui.screens.studio import StudioScreen
from miavo_tui.screens.welcome import WelcomeScreen
from miavo_tui.start import Connection

FOLDER = Path(__file__).parent
PORT = int(os.environ.get("MIAVO_PORT", "6428"))
NARROW, NORMAL, WIDE = (80, 24), (160, 48), (200, 60)

PROMPT = "Write a Python function that reverses a string"
REPLY = """```python
def reverse_string(input_str):
    return input_str[::-1]  # returns the reversed version of the given string

# Example usage:
print(reverse_string("Hello World"))  # Outputs: "dlroW olleH"
```

This function uses slicing to create a reversed copy of the original string. The `[::-1]` syntax \
is used to reverse the string in-place. This approach can be more efficient than creating a new \
reversed copy of the string.
"""
STATS = ReplyStats(
    prompt_tokens=38, output_tokens=103, first_token_ms=64.0, duration_ms=1_320.0, cost_nano=0
)

COMPARED = "In one sentence: why is the sky blue?"
SAID_BESIDE = {
    "claude-haiku-4-5": (
        "Air scatters the short, blue waves of sunlight far more than the long, red ones, so blue "
        "reaches your eyes from every direction.",
        ReplyStats(19, 31, 412.0, 980.0, 174_000),
    ),
    "gpt-5.4-mini": (
        "Because molecules of air scatter **blue light** more strongly than red, the whole sky "
        "glows with it.",
        ReplyStats(17, 22, 305.0, 640.0, 111_750),
    ),
    "local-echo": ("In one sentence: why is the sky blue?", ReplyStats(9, 9, 2.0, 6.0, 0)),
}
"""What three models said to it, with their figures."""

README_SHOWS = {
    "catalogue-dark",
    "chat-dark",
    "studio-dark",
    "keys-dark",
    "usage-dark",
    "credit-light",
    "pool-dark",
    "gateway-dark",
}

Steps = Callable[[Pilot[None]], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """One picture: the screen's size, the theme, and what is done before it is taken."""

    name: str
    steps: Steps
    size: tuple[int, int] = NORMAL
    theme: str = "miavo-dark"


def press(*keys: str) -> Steps:
    """Presses keys, one after the other."""

    async def steps(pilot: Pilot[None]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return steps


def typed(text: str) -> list[str]:
    """The keys that type a text."""
    return ["space" if character == " " else character for character in text]


def shown(name: str, *keys: str) -> Steps:
    """Shows a screen by its name, then presses keys."""

    async def steps(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, MiavoApp)
        app.show_screen(name)
        while app.current_mode != name:
            await pilot.pause(0.05)
        await pilot.pause(1.5)
        await press(*keys)(pilot)

    return steps


async def studio_kind(pilot: Pilot[None]) -> None:
    """The studio with what was spoken."""
    await shown("studio")(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, StudioScreen)
    screen.use_model("local-espeak")
    await pilot.pause(1.5)


async def compared(pilot: Pilot[None]) -> None:
    """Four models side by side."""
    screen = pilot.app.screen
    assert isinstance(screen, CatalogueScreen)
    screen.change_view(
        marked=("claude-opus-4-7", "gpt-5.4", "deepseek-v4-flash", "local-smollm2-135m")
    )
    await press("m")(pilot)
    await pilot.pause(0.5)
    # The pictures after this one share its home.
    screen.change_view(marked=())


async def side_by_side(pilot: Pilot[None]) -> None:
    """One prompt to three models, the conversations beside them."""
    await shown("chat")(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ChatScreen)
    talk = await screen.pane.talk()
    (found,) = await talk.do(lambda store: store.shelf.search(COMPARED))
    before = talk.id
    screen.pane.open_conversation(found.conversation.id)
    while talk.id != found.conversation.id:
        await pilot.pause(0.05)
    await pilot.pause(0.5)
    await press("ctrl+l")(pilot)
    await pilot.pause(0.5)
    # The pictures after this one share its home.
    await talk.do(lambda store: store.keep_desk(before, ""))
    pilot.app.remember(chat_list=False)  # type: ignore[attr-defined]


async def welcome(pilot: Pilot[None]) -> None:
    """The second question of the first start."""
    assert isinstance(pilot.app, MiavoApp)
    pilot.app.action_welcome()
    while not isinstance(pilot.app.screen, WelcomeScreen):
        await pilot.pause(0.05)
    await press("enter")(pilot)


def pictures() -> list[Picture]:
    """Every picture of this folder."""
    some = [
        Picture("catalogue", press()),
        Picture("catalogue-search", press("slash", *typed("claude")), size=(120, 36)),
        Picture("catalogue-help", press("question_mark"), size=(120, 36)),
        Picture("catalogue-compare", compared, size=(140, 30)),
        Picture("welcome", welcome, size=(120, 36)),
        Picture("chat", shown("chat")),
        Picture("chat-models", shown("chat", "ctrl+o"), size=(120, 36)),
        Picture("chat-side-by-side", side_by_side, size=(150, 36)),
        Picture("chat-settings", shown("chat", "ctrl+s"), size=(120, 44)),
        Picture("studio", shown("studio")),
        Picture("studio-speech", studio_kind, size=(120, 36)),
        *(Picture(name, shown(name)) for name in ("keys", "credit", "usage", "pool", "gateway")),
    ]
    both = [
        replace(each, name=f"{each.name}-{theme}", theme=f"miavo-{theme}")
        for each in some
        for theme in ("dark", "light")
    ]
    screens = [each for each in some if each.size == NORMAL]
    return [
        *both,
        *(replace(each, name=f"{each.name}-narrow", size=NARROW) for each in screens),
        *(replace(each, name=f"{each.name}-wide", size=WIDE) for each in screens),
    ]


async def seed(home: Path) -> None:
    """Puts the conversation into the app's file, as the app itself keeps one."""
    store = await ConversationStore.open(home)
    try:
        model, *beside = SAID_BESIDE
        turn = await store.add_turn(None, COMPARED, model, beside=beside)
        for reply, (text, stats) in zip(turn.lanes, SAID_BESIDE.values(), strict=True):
            await store.end(
                replace(reply, state=ReplyState.COMPLETED, text=text, finish_reason="stop")
            )
            await store.set_stats(reply.id, stats)
        turn = await store.add_turn(None, PROMPT, "local-smollm2-135m")
        done = replace(turn.reply, state=ReplyState.COMPLETED, text=REPLY, finish_reason="stop")
        await store.end(done)
        await store.set_stats(done.id, STATS)
        await store.keep_desk(turn.conversation_id, "")
    finally:
        await store.close()


@dataclass(frozen=True)
class Running:
    """A start that finds the gateway of the scene."""

    home: Path
    url: str

    @property
    def gateway_files(self) -> Path:
        """The folder of what belongs to this gateway."""
        return self.home

    def connect(self) -> Connection:
        """Where it is."""
        return Connection(self.url, Home(self.home).admin_token(), embedded=False)

    def close(self) -> None:
        """It goes on for the next picture."""


@asynccontextmanager
async def running(picture: Picture, start: Running) -> AsyncIterator[Pilot[None]]:
    """The app at a picture's size, with its gateway ready."""
    app = MiavoApp(start)
    app.theme = picture.theme
    async with app.run_test(size=picture.size) as pilot:
        for _ in range(600):
            if app.link.phase is Phase.READY and app.client and app.client.api_key:
                break
            await pilot.pause(0.05)
        else:
            raise SystemExit(f"the gateway did not start: {app.link.detail or app.link.phase}")
        yield pilot


def still(pilot: Pilot[None]) -> None:
    """Stops what blinks."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for area in pilot.app.screen.query(TextArea):
        area.cursor_blink = False


async def take(picture: Picture, start: Running) -> Path:
    """Takes one picture."""
    async with running(picture, start) as pilot:
        await picture.steps(pilot)
        await pilot.pause(0.5)
        still(pilot)
        await pilot.pause()
        svg = pilot.app.export_screenshot(title="Miavo")
    target = FOLDER / f"{picture.name}.svg"
    # The fonts of the template come from elsewhere; a picture loads nothing.
    target.write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL), encoding="utf-8")
    return target


def rasterize(svg: Path) -> None:
    """Writes the PNG beside an SVG."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print(f"{svg.name}: no PNG, as Chromium is not installed", file=sys.stderr)  # noqa: T201
        return
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    assert found is not None, "an SVG of Textual has a view box"
    width, height = (round(float(number)) for number in found.groups())
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-sync",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={svg.with_suffix('.png')}",
                svg.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def main() -> None:
    """Makes the pictures named on the command line, or all."""
    os.environ["MIAVO_SECRETS"] = "file"
    os.environ.pop("NO_COLOR", None)
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(seed(home))
        gateway = EmbeddedGateway(Home(home), port=PORT, sandbox=True)
        try:
            start = Running(home, gateway.start())
            set_scene(start.url, Home(home).admin_token(), home)
            for picture in pictures():
                if not wanted or picture.name in wanted:
                    svg = asyncio.run(take(picture, start))
                    if picture.name in README_SHOWS:
                        rasterize(svg)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main()
