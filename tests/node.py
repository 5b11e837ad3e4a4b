"""OpenAI's own Node package, for the tests that call a gateway with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "openai@7.57.0"

_QUIETLY = ("--no-package-lock", "--no-audit", "--no-fund", "--silent")

needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are not installed"
)


TYPESCRIPT = ("typescript@5.9.3", "@types/node@22.20.5", "@types/ws@8.18.2", "ws@8.23.0")
"""The compiler, and what the examples import beside the package."""


def install_openai(folder: Path, *more: str) -> Path:
    """Install the package, and perhaps others, into a folder; a script there finds it."""
    npm = shutil.which("npm")
    assert npm
    subprocess.run(
        [
            npm,
            "install",
            *_QUIETLY,
            PACKAGE,
            *more,
        ],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


def run_script(
    folder: Path,
    script: Path,
    surroundings: dict[str, str],
    *,
    given: object = None,
    seconds: float = 120,
) -> Any:
    """Run a script in a folder with the package; what it printed, as JSON.

    Args:
        folder: as `install_openai` left it.
        script: is copied there, as Node looks for packages beside it.
        surroundings: variables added to the environment.
        given: what the script reads as JSON from its standard input.
        seconds: the longest that it may take.
    """
    copied = shutil.copy(script, folder)
    ran = subprocess.run(
        ["node", copied],
        cwd=folder,
        env=os.environ | surroundings,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
