"""The programs of the guide and of each kind of model compile, and those of the guide run."""

from __future__ import annotations

import ast
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from miavo_gateway.catalogue import Kind, Model, load_catalogue
from miavo_gateway.catalogue.code_examples import all_examples
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway
from tests.node import TYPESCRIPT, install_openai, needs_node

SAID = {
    "start": "",
    "models": "local-storyboard",
    "streaming": "tokens",
    "tools": "17:42",
    "json": "built",
    "vision": "5x5 pixels",
    "migration": "",
    "realtime": "Greet me in one short sentence.",
}
"""What is in the output of each chapter's program."""
CATALOGUE = load_catalogue()
RUNNER = Path(__file__).with_name("run_programs.py")
# Films are looked at for one model: each takes seconds to render.
MODELS = [model for model in CATALOGUE.models if model.kind is not Kind.VIDEO]
ELSEWHERE = {"local-ollama", "local-llama-cpp", "local-vllm", "local-lm-studio"}
"""Those that forward to a server, of which none runs here."""
NOT_IN_CURL = {"realtime"}
COMPILER = {
    "strict": True,
    "target": "es2022",
    "module": "nodenext",
    "outDir": "out",
    "skipLibCheck": True,
    "types": ["node"],
}

Programs = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("guide") / "home"
    embedded = EmbeddedGateway(Home(home), port=0, sandbox=True)
    running = RunningGateway(home, embedded, embedded.start())
    running.admin("POST", "credit", {"amount_usd": "1000"})
    yield running
    embedded.stop()


@pytest.fixture(scope="module")
def programs(sandbox: RunningGateway) -> Programs:
    """By chapter and language, as a reader would copy them."""
    page = httpx.get(f"{sandbox.url}/docs", timeout=30).text
    found: Programs = {}
    for name, chapter in re.findall(r'id="guide/([a-z]+)">(.*?)</section>', page, re.DOTALL):
        for language in ("python", "typescript", "curl"):
            code = re.search(rf"in-{language}\">.*?<pre><code>(.*?)</code>", chapter, re.DOTALL)
            if code:
                plain = html.unescape(re.sub(r"<[^>]+>", "", code[1]))
                found.setdefault(name, {})[language] = plain + "\n"
    return found


@pytest.fixture
def run(sandbox: RunningGateway, tmp_path: Path) -> Callable[..., str]:
    """Runs a command with a key in its environment; what it printed."""

    def run(*command: str, program: str | None = None) -> str:
        done = subprocess.run(
            command,
            input=program,
            env={**os.environ, "MIAVO_API_KEY": sandbox.key()},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Python programs leave their files."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def became(
    sandbox: RunningGateway, programs: Programs, folder: Path
) -> dict[tuple[str, int], dict[str, Any]]:
    """What became of the Python of each chapter, and of each model by its place on the card."""
    limits = {"name": "all", "rpm_limit": 100_000, "tpm_limit": 100_000_000}
    chosen = {
        (f"guide/{chapter}", 0): languages["python"]
        for chapter, languages in programs.items()
        if "python" in languages
    }
    chosen |= {
        (model.slug, number): example.programs["python"]
        for model in MODELS
        for number, example in enumerate(all_examples(model, sandbox.url))
    }
    spoken = httpx.post(
        f"{sandbox.url}/v1/audio/speech",
        json={"model": "local-espeak", "input": "one two three four", "response_format": "wav"},
        headers={"authorization": f"Bearer {sandbox.key()}"},
    )
    (folder / "recording.wav").write_bytes(spoken.content)
    done = subprocess.run(
        [sys.executable, RUNNER],
        input=json.dumps(list(chosen.values())),
        env={**os.environ, "MIAVO_API_KEY": sandbox.admin("POST", "keys", limits)["key"]},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(chosen, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("chapter", SAID)
def test_the_python_of_the_guide_runs(
    became: dict[tuple[str, int], dict[str, Any]], chapter: str
) -> None:
    outcome = became[f"guide/{chapter}", 0]
    assert "error" not in outcome, outcome["error"]
    assert SAID[chapter] in outcome["printed"].strip()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_the_python_of_every_model_runs(
    became: dict[tuple[str, int], dict[str, Any]], model: Model
) -> None:
    for (slug, _), outcome in became.items():
        if slug != model.slug:
            continue
        if model.slug in ELSEWHERE:
            assert outcome["code"] == "no_upstream"
        elif model.kind is Kind.IMAGE:
            assert (outcome["status"], outcome["code"]) == (501, "not_implemented")
        else:
            assert "error" not in outcome, outcome["error"]
            assert outcome["printed"].strip() or "file" in outcome
            if model.kind in (Kind.SPEECH, Kind.MUSIC):
                assert seconds_of(outcome["file"]) > 0.5


@pytest.mark.parametrize(
    "slug", [each.slug for each in CATALOGUE.models if each.kind is Kind.VIDEO]
)
def test_every_video_model_takes_what_its_program_asks_for(
    sandbox: RunningGateway, slug: str
) -> None:
    model = CATALOGUE.get(slug)
    assert model
    program = all_examples(model, sandbox.url)[0].programs["python"]
    [body] = re.findall(r"body=(\{.*?\n    \}),", program, re.DOTALL)
    key = {"authorization": f"Bearer {sandbox.key()}"}
    url = f"{sandbox.url}/v1/videos/generations"
    task = httpx.post(url, json=ast.literal_eval(body), headers=key, timeout=30)
    assert task.status_code == 200, task.text
    httpx.delete(f"{url}/{task.json()['id']}", headers=key, timeout=30)


def test_the_film_of_the_guide_plays(became: dict[tuple[str, int], dict[str, Any]]) -> None:
    assert "error" not in became["guide/video", 0], became["guide/video", 0]["error"]
    with av.open(became["guide/video", 0]["file"]) as film:
        assert next(film.decode(video=0)).width > 0
        assert film.duration == pytest.approx(6 * av.time_base, rel=0.1)


def test_what_the_guide_speaks_and_composes_can_be_played_and_what_it_hears_is_written(
    became: dict[tuple[str, int], dict[str, Any]],
) -> None:
    for chapter in ("speech", "music"):
        assert seconds_of(became[f"guide/{chapter}", 0]["file"]) > 1
    assert "three" in became["guide/transcription", 0]["printed"]


def seconds_of(file: str) -> float:
    """How long a sound is, by its samples."""
    with av.open(file) as sound:
        return sum(frame.samples / frame.sample_rate for frame in sound.decode(audio=0))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("chapter", sorted(SAID.keys() - NOT_IN_CURL))
def test_the_curl_of_the_guide_runs(
    programs: Programs, run: Callable[..., str], chapter: str
) -> None:
    answer = run("sh", "-s", program=programs[chapter]["curl"])
    assert '"object":' in answer
    assert '"error":' not in answer


@pytest.fixture(scope="module")
def compiled(
    sandbox: RunningGateway, programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the guide's TypeScript as JavaScript; all models' examples compile with it."""
    folder = install_openai(tmp_path_factory.mktemp("typescript"), *TYPESCRIPT)
    source = folder / "src"
    source.mkdir()
    for chapter, languages in programs.items():
        if "typescript" in languages:
            (source / f"guide-{chapter}.ts").write_text(languages["typescript"])
    for model in CATALOGUE.models:
        for number, example in enumerate(all_examples(model, sandbox.url)):
            (source / f"{model.slug}-{number}.ts").write_text(example.programs["typescript"])
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": COMPILER, "include": ["src"]})
    )
    compiler = folder / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([compiler], cwd=folder, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")
    return folder / "out"


@needs_node
@pytest.mark.parametrize("chapter", SAID)
def test_the_typescript_of_the_guide_compiles_strictly_and_runs(
    compiled: Path, run: Callable[..., str], chapter: str
) -> None:
    assert SAID[chapter] in run("node", str(compiled / f"guide-{chapter}.js"))


def assert_heard_in_part(text: str) -> None:
    # eSpeak says a sentence never twice in the same way, and PocketSphinx makes its own of it.
    assert len(text.split()) > 3


@needs_node
def test_what_the_typescript_speaks_is_heard(
    compiled: Path, run: Callable[..., str], tmp_path: Path
) -> None:
    run("node", str(compiled / "guide-speech.js"))
    (tmp_path / "speech.wav").rename(tmp_path / "recording.wav")
    assert_heard_in_part(run("node", str(compiled / "guide-transcription.js")))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_curl_has_spoken_is_heard(
    programs: Programs, run: Callable[..., str], tmp_path: Path
) -> None:
    run("sh", "-s", program=programs["speech"]["curl"])
    (tmp_path / "speech.wav").rename(tmp_path / "recording.wav")
    assert_heard_in_part(
        json.loads(run("sh", "-s", program=programs["transcription"]["curl"]))["text"]
    )
    run("sh", "-s", program=programs["music"]["curl"])
    assert seconds_of(str(tmp_path / "music.mp3")) > 1
