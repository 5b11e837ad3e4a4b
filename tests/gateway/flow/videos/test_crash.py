"""A gateway that is killed while videos render goes on with each of them, and bills each once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.gateway.flow.videos.serving import Desk

SECONDS = {
    "veo-3.1": 4,
    "veo-3.1-fast": 4,
    "vertex-veo-3.1": 4,
    "vertex-veo-3.1-fast": 4,
    "minimax-hailuo-2.3": 6,
    "minimax-hailuo-2.3-fast": 6,
    "cogvideox": 5,
    "cogvideox-flash": 6,
    "local-storyboard": 2,
}
DOLLARS_A_SECOND = {
    "veo-3.1": 0.4,
    "veo-3.1-fast": 0.1,
    "vertex-veo-3.1": 0.4,
    "vertex-veo-3.1-fast": 0.1,
    "minimax-hailuo-2.3": 0.04,
    "minimax-hailuo-2.3-fast": 0.03,
    "cogvideox": 0.2,
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "home")
    yield desk
    desk.close()


def test_ten_videos_outlive_a_gateway_that_is_killed_and_each_is_billed_once(desk: Desk) -> None:
    slugs = [*SECONDS, "local-storyboard"]
    desk.start("--sandbox")
    with ThreadPoolExecutor(10) as threads:
        begun = list(
            threads.map(lambda slug: desk.begin(slug, duration_seconds=SECONDS[slug]), slugs)
        )
    # Killed while they render, while some are fetched and settled, and once more.
    for seconds in (0.5, 2.5, 1.0):
        time.sleep(seconds)
        desk.kill()
        desk.start("--sandbox")
    ended = [desk.wait(task["id"]) for task in begun]
    assert [(task["model"], task["status"]) for task in ended] == [
        (slug, "succeeded") for slug in slugs
    ], ended
    for task in ended:
        video = desk._http.get(task["video_url"])
        assert video.status_code == 200
        assert len(video.content) == task["file"]["bytes"]
        assert video.content[4:8] == b"ftyp"
    rows = desk.query("SELECT slug, state, milliseconds, cost_nano, simulated FROM usage")
    assert sorted(rows) == sorted(
        (
            slug,
            "completed",
            SECONDS[slug] * 1_000,
            round(DOLLARS_A_SECOND.get(slug, 0) * SECONDS[slug] * 1_000_000_000),
            int(slug != "local-storyboard"),
        )
        for slug in slugs
    )
    desk.check_books()
    assert not list((desk.home / "media").glob("*.draft"))


def test_a_gateway_that_stops_goes_on_with_its_videos_at_the_next_start(desk: Desk) -> None:
    desk.start("--sandbox")
    tasks = [desk.begin("vertex-veo-3.1-fast"), desk.begin("local-storyboard")]
    desk.stop()
    held = desk.query("SELECT sum(amount_nano) FROM ledger_entry WHERE kind = 'hold'")
    assert held == [(-800_000_000,)]
    desk.start("--sandbox")
    assert {desk.wait(task["id"])["status"] for task in tasks} == {"succeeded"}
    desk.check_books()


@pytest.mark.parametrize("status", ["running", "succeeded"])
def test_a_file_that_is_in_its_place_is_charged_once_and_not_rendered_again(
    desk: Desk, status: str
) -> None:
    desk.start("--sandbox")
    task = desk.begin("vertex-veo-3.1-fast", duration_seconds=4)
    assert desk.wait(task["id"])["status"] == "succeeded"
    file = desk.home / "media" / f"{task['id']}.mp4"
    stored = file.stat().st_mtime_ns
    desk.stop()
    # As a crash leaves it after the file was put in its place, or after the task said so.
    desk.change(f"UPDATE video_task SET status = '{status}'")
    desk.change("UPDATE usage SET state = 'open', cost_nano = NULL, milliseconds = 0")
    desk.change("DELETE FROM ledger_entry WHERE kind IN ('release', 'settlement')")
    desk.start("--sandbox")
    assert desk.wait(task["id"])["status"] == "succeeded"
    rows = desk.query("SELECT state, milliseconds, cost_nano, simulated FROM usage")
    assert rows == [("completed", 4_000, 400_000_000, 1)]
    assert file.stat().st_mtime_ns == stored
    desk.check_books()


def test_a_file_goes_when_its_days_are_over_and_the_task_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.start()
    task = desk.wait(desk.begin("local-storyboard", duration_seconds=1)["id"])
    desk.stop()
    monkeypatch.setenv("MIAVO_VIDEO_DAYS", "0.000001")
    desk.start()
    file = desk.home / "media" / f"{task['id']}.mp4"
    deadline = time.monotonic() + 10
    while desk.ask("GET", f"/{task['id']}").json()["video_url"] is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not file.exists()
    assert desk.ask("GET", f"/{task['id']}").json()["status"] == "succeeded"
    assert desk._http.get(task["video_url"]).status_code == 404


def test_a_task_that_may_or_may_not_have_been_taken_is_ended_and_costs_nothing(desk: Desk) -> None:
    desk.start()
    desk.admin(
        "POST",
        "credentials",
        {"provider": "zhipu", "sandbox": {"latency_ms": 20_000, "video_seconds": 0}},
    )
    with ThreadPoolExecutor(1) as threads:
        threads.submit(desk.ask, "POST", json={"model": "cogvideox", "prompt": "A lamp."})
        deadline = time.monotonic() + 10
        while not desk.query("SELECT 1 FROM video_task"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        # Its provider has the request, and the gateway has no answer.
        desk.kill()
    desk.start()
    [task] = desk.ask("GET").json()["data"]
    assert task["status"] == "failed"
    assert task["error"]["code"] == "interrupted"
    assert desk.query("SELECT state, cost_nano FROM usage") == [("interrupted", 0)]
    desk.check_books()
    assert desk.admin("GET", "credit")["balance_nano"] == 100_000_000_000


def test_nobody_waits_for_the_money_that_a_video_holds(desk: Desk) -> None:
    desk.start()
    desk.admin("POST", "credentials", {"provider": "vertex", "sandbox": {"video_seconds": 600}})
    poor = desk.admin("POST", "keys", {"name": "poor", "budget_usd": "1.00"})["key"]
    task = desk.begin("vertex-veo-3.1-fast")
    for _ in range(2):
        began = time.monotonic()
        refused = desk.ask(
            "POST",
            json={"model": "vertex-veo-3.1", "prompt": "A lamp."},
            headers={"authorization": f"Bearer {poor}"},
        )
        assert refused.status_code == 402
        assert time.monotonic() - began < 10  # of the 30 seconds that are waited for others
        desk.kill()
        desk.start()
    assert desk.ask("GET", f"/{task['id']}").json()["status"] in ("pending", "running")


def test_a_cancelled_video_that_its_provider_renders_is_charged_after_a_crash_too(
    desk: Desk,
) -> None:
    desk.start()
    desk.admin("POST", "credentials", {"provider": "vertex", "sandbox": {"video_seconds": 2}})
    task = desk.begin("vertex-veo-3.1-fast", duration_seconds=4)
    cancelled = desk.ask("DELETE", f"/{task['id']}").json()
    assert (cancelled["status"], cancelled["error"]["code"]) == ("failed", "cancelled")
    desk.kill()
    desk.start()
    deadline = time.monotonic() + 20
    while desk.query("SELECT state FROM usage") == [("open",)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    rows = desk.query("SELECT state, milliseconds, cost_nano FROM usage")
    assert rows == [("cancelled", 4_000, 400_000_000)]
    assert desk.ask("GET", f"/{task['id']}").json()["video_url"] is None
    desk.check_books()
