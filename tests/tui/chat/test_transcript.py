"""The transcript stays light, stays put, and shows what a model writes without obeying it."""

from __future__ import annotations

import sqlite3

from miavo_tui.conversations.schema import STEPS
from miavo_tui.widgets.transcript import MOST_MOUNTED, PAGE, SLACK
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import LONG, OpenChat

TURNS = 5_000


def fill(gateway: RunningGateway) -> None:
    """A conversation of 10,000 messages, left by an app that has ended."""
    with sqlite3.connect(gateway.home / "app.db") as file:
        for statement in STEPS[0]:
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {len(STEPS[:1])}")
        at = "2026-01-01T00:00:00.000+00:00"
        file.execute("INSERT INTO conversations VALUES ('c', 't', 'local-echo', ?, ?)", (at, at))
        for number in range(1, TURNS + 1):
            file.execute("INSERT INTO turns VALUES (?, 'c', ?, ?)", (number, f"p{number}", at))
            file.execute(
                "INSERT INTO replies (id, turn_id, model, state, text, created_at)"
                " VALUES (?, ?, 'local-echo', 'completed', ?, ?)",
                (number, number, f"r{number}\n\nmore", at),
            )
        file.execute("INSERT INTO desks VALUES ('gone', 'c', '', ?)", (at,))


async def test_ten_thousand_messages_mount_a_page(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    fill(gateway)
    async with open_chat(gateway, model="") as chat:
        transcript = chat.pane.transcript
        assert [view.turn.prompt for view in transcript.turn_views] == [
            f"p{number}" for number in range(TURNS - PAGE + 1, TURNS + 1)
        ]
        assert len(chat.screen.query("*")) < PAGE * 20
        assert f"{TURNS - PAGE:,} earlier turns" in str(transcript.earlier.content)
        assert transcript.at_end


async def test_earlier_turns_come_on_request_without_moving_what_is_read(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    fill(gateway)
    async with open_chat(gateway, model="") as chat:
        transcript = chat.pane.transcript
        await chat.pilot.press("home")
        await chat.until(lambda: transcript.scroll_y == 0)
        first = transcript.turn_views[0]
        top = first.region.y
        transcript.earlier.focus()
        await chat.pilot.press("enter")
        await chat.until(lambda: len(transcript.turn_views) == 2 * PAGE)
        await chat.until(lambda: transcript.scroll_y > 0)
        await chat.pilot.pause()
        assert first.region.y == top
        chat.pane.composer.focus()
        await chat.send("go on")
        assert len(transcript.turn_views) <= PAGE + SLACK, "the past is let go of again"
        assert transcript.at_end


async def test_far_back_in_the_past_the_latest_turns_are_let_go_of_until_they_are_wanted(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    fill(gateway)
    async with open_chat(gateway, model="") as chat:
        transcript = chat.pane.transcript
        for page in (2, 3, 4):
            oldest = f"p{TURNS - page * PAGE + 1}"
            transcript.earlier.action_choose()
            await chat.until(
                lambda oldest=oldest: transcript.turn_views[0].turn.prompt == oldest  # type: ignore[misc]
            )
            await chat.pilot.pause()
        assert len(transcript.turn_views) == MOST_MOUNTED
        assert f"{4 * PAGE - MOST_MOUNTED} later turns" in str(transcript.later.render())
        await chat.pilot.press("ctrl+end")
        await chat.until(lambda: transcript.turn_views[-1].turn.prompt == f"p{TURNS}")
        assert not transcript.later.display
        for _ in range(2):
            oldest = transcript.turn_views[0].turn.prompt
            transcript.earlier.action_choose()
            await chat.until(
                lambda oldest=oldest: transcript.turn_views[0].turn.prompt != oldest  # type: ignore[misc]
            )
            await chat.pilot.pause()
        assert transcript.later.display
        await chat.send("go on")
        assert [view.turn.prompt for view in transcript.turn_views][-2:] == [f"p{TURNS}", "go on"]


async def test_a_reader_who_scrolled_up_is_not_moved_and_is_told_of_news(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("\n\n".join(f"line {number}" for number in range(60)))
        transcript = chat.pane.transcript
        chat.screen.use_model(slow_model)
        await chat.write(LONG)
        chat.app.simulate_key("enter")
        await chat.until(lambda: len(chat.replies) == 2 and chat.replies[-1].body.source)
        transcript.scroll_to(y=20, animate=False, immediate=True)
        await chat.until(lambda: chat.screen.query_one("#chat-news").display)
        assert transcript.scroll_y == 20
        chat.app.simulate_key("escape")
        await chat.replied()
        assert transcript.scroll_y == 20
        await chat.pilot.press("end")
        await chat.until(lambda: transcript.at_end)
        assert not chat.screen.query_one("#chat-news").display


async def test_escapes_markup_and_html_of_a_model_are_inert_text(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    hostile = (
        "\x1b]0;title\x07 \x1b[31mred \x9b2J [red]markup[/red] [@click=app.quit]x[/] "
        "<b>html</b> a\u202etxt.exe\n\n`\x1b[2J` \n\n```\n\x1b]52;c;cGF5\x07[bold]code\n```"
    )
    async with open_chat(gateway, size=(120, 40)) as chat:
        # Past the composer, which would strip a prompt of its own accord.
        chat.pane._send(hostile)
        await chat.until(lambda: chat.replies)
        await chat.replied()
        source = chat.replies[-1].body.source
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(source)
        shot = chat.app.export_screenshot().replace("&#160;", " ")
        for text in ("[red]markup[/red]", "[@click=app.quit]x[/]", "[bold]code"):
            assert text in shot
        assert "&lt;b&gt;html&lt;/b&gt;" in shot


async def test_a_link_shows_its_address_and_is_copied_and_not_opened(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        opened: list[str] = []
        copied: list[str] = []
        chat.app.open_url = lambda url, *, new_tab=True: opened.append(url)  # type: ignore[method-assign]

        async def copy(text: str, what: str) -> None:
            copied.append(text)

        chat.app.copy = copy  # type: ignore[method-assign]
        await chat.send("[my bank](https://example.com/steal)")
        paragraph = chat.replies[-1].body.children[0]
        assert "my bank (https://example.com/steal)" in str(paragraph.render())
        await chat.pilot.click(paragraph, offset=(2, 0))
        await chat.until(lambda: copied)
        assert (copied, opened) == (["https://example.com/steal"], [])


async def test_the_last_reply_and_a_block_of_code_can_be_copied(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        copied: list[str] = []

        async def copy(text: str, what: str) -> None:
            copied.append(text)

        chat.app.copy = copy  # type: ignore[method-assign]
        text = "Say:\n\n```python\nprint(1)\n```"
        await chat.send(text)
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: len(copied) == 1)
        chat.replies[-1].focus()
        await chat.pilot.press("y")
        await chat.until(lambda: len(copied) == 2)
        chat.replies[-1].query("CodeBlock").first().focus()
        await chat.pilot.press("c")
        await chat.until(lambda: len(copied) == 3)
        assert copied == [text, text, "print(1)"]
