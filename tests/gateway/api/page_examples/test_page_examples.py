"""Every example of the public page does what the page says, under Node, in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from miavo_gateway.catalogue import Kind, Model, load_catalogue
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway
from tests.gateway.api.page_examples.programs import PAGE, Program, programs_of
from tests.node import needs_node, run_script

RUNNER = Path(__file__).with_name("run_programs.mjs")
CATALOGUE = load_catalogue()
TALKING = (Kind.CHAT, Kind.SPEECH, Kind.MUSIC, Kind.REALTIME)
"""What answers a chat completion with words; of speech and music, those that sound."""

pytestmark = [
    needs_node,
    pytest.mark.skipif(not PAGE.exists(), reason="the public page is not beside the repository"),
]


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    return programs_of(PAGE.read_text())


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("page") / "home"
    embedded = EmbeddedGateway(Home(home), port=0, sandbox=True)
    running = RunningGateway(home, embedded, embedded.start())
    running.admin("POST", "credit", {"amount_usd": "1000"})
    yield running
    embedded.stop()


@pytest.fixture(scope="module")
def became(
    sandbox: RunningGateway,
    programs: list[Program],
    node_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What became of each program, by slug."""
    limits = {"name": "page", "rpm_limit": 100_000, "tpm_limit": 100_000_000}
    key = sandbox.admin("POST", "keys", limits)["key"]
    files = {}
    for number, program in enumerate(programs):
        file = node_folder / f"{program.kind}-{number}.mjs"
        file.write_text(program.against(sandbox.url, key))
        files[program.slug] = str(file)
    given = {"files": files, "downloads": str(tmp_path_factory.mktemp("videos"))}
    seen: dict[str, Any] = run_script(node_folder, RUNNER, {}, given=given, seconds=180)
    return seen


def of_kind(*kinds: Kind) -> list[str]:
    return [each.slug for each in CATALOGUE.models if each.kind in kinds and not local(each)]


def local(model: Model) -> bool:
    return model.provider == "local"


def test_the_page_has_an_example_for_each_of_its_84_slugs(programs: list[Program]) -> None:
    slugs = [program.slug for program in programs]
    assert len(slugs) == 84
    assert sorted(slugs) == sorted(each.slug for each in CATALOGUE.models if not local(each))


@pytest.mark.parametrize("slug", of_kind(*TALKING))
def test_a_chat_example_prints_a_reply(became: dict[str, Any], slug: str) -> None:
    assert became[slug].get("error") is None
    [printed] = became[slug]["printed"]
    assert printed.strip()
    assert printed not in ("null", "undefined")


@pytest.mark.parametrize("slug", of_kind(Kind.TRANSCRIPTION))
def test_a_transcription_example_is_told_to_send_a_recording(
    became: dict[str, Any], slug: str
) -> None:
    # The page writes a poem's worth of text to models that listen; there is nothing to write down.
    assert became[slug]["error"]["code"] == "invalid_request"
    assert "input_audio" in became[slug]["error"]["message"]


@pytest.mark.parametrize("slug", of_kind(Kind.IMAGE))
def test_an_image_example_gets_not_implemented(became: dict[str, Any], slug: str) -> None:
    assert became[slug]["error"] == {
        "status": 501,
        "code": "not_implemented",
        "message": became[slug]["error"]["message"],
    }


@pytest.mark.parametrize("slug", of_kind(Kind.VIDEO))
def test_a_video_example_downloads_a_film_that_plays(became: dict[str, Any], slug: str) -> None:
    assert became[slug].get("error") is None
    assert became[slug]["task"]["status"] == "succeeded", became[slug]["task"]
    with av.open(became[slug]["file"]) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert frames > 0
        # Each asks for eight seconds in sixteen to nine, and gets what its model has next to that.
        stream = film.streams.video[0]
        assert stream.width / stream.height == pytest.approx(16 / 9, rel=0.02)
        assert film.duration is not None
        assert film.duration / av.time_base > 4
