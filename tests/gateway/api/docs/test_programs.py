"""The programs of the guide and of each kind of model compile, and those of the guide run."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from miavo_gateway.catalogue import load_catalogue
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


@pytest.mark.parametrize("chapter", SAID)
def test_the_python_of_the_guide_runs(
    programs: Programs, run: Callable[..., str], chapter: str
) -> None:
    assert SAID[chapter] in run(sys.executable, "-", program=programs[chapter]["python"]).strip()


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
    """A folder with the guide's TypeScript as JavaScript; all kinds' examples compile with it."""
    folder = install_openai(tmp_path_factory.mktemp("typescript"), *TYPESCRIPT)
    source = folder / "src"
    source.mkdir()
    for chapter, languages in programs.items():
        if "typescript" in languages:
            (source / f"guide-{chapter}.ts").write_text(languages["typescript"])
    for model in load_catalogue().models:
        for number, example in enumerate(all_examples(model, sandbox.url)):
            (source / f"{model.kind}-{number}.ts").write_text(example.programs["typescript"])
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
