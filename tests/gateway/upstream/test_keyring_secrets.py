"""The keyring store against a real Secret Service, locked ones and missing ones included."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.upstream.keyring_secrets import KeyringSecrets
from miavo_gateway.upstream.secrets import Secret

needs_secret_service = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="a real Secret Service needs the Debian packages dbus and gnome-keyring",
)

IN_A_SESSION = """
import asyncio, sys
from pathlib import Path
import keyring
from miavo_gateway.errors import ConfigurationError
from miavo_gateway.upstream.keyring_secrets import KeyringSecrets
from miavo_gateway.upstream.secrets import Secret

async def main():
    here, elsewhere = KeyringSecrets(Path("/home/one")), KeyringSecrets(Path("/home/two"))
    text = "sk-" + "ä" * 10 + "x" * 3000
    assert await here.get("cred_a") is None
    await here.set("cred_a", Secret("first"))
    await here.set("cred_a", Secret(text))
    assert await here.get("cred_a") == Secret(text)
    assert await elsewhere.get("cred_a") is None
    assert keyring.get_password("miavo", "credential:/home/one:cred_a") == text
    assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService"
    await here.set("cred_b", Secret("other"))
    await here.delete("cred_a")
    await here.delete("cred_a")
    assert await here.get("cred_a") is None
    assert await here.get("cred_b") == Secret("other")
    print("kept and forgotten")

asyncio.run(main())
"""

WITHOUT_ONE = """
import asyncio
from pathlib import Path
from miavo_gateway.errors import ConfigurationError
from miavo_gateway.upstream.keyring_secrets import KeyringSecrets
from miavo_gateway.upstream.secrets import Secret

async def main():
    store = KeyringSecrets(Path("/home/one"), answer_within=ANSWER_WITHIN)
    try:
        await store.set("cred_a", Secret("sk-0123456789"))
    except ConfigurationError as error:
        print(error.message)

asyncio.run(main())
"""


def run_in_session(tmp_path: Path, script: str, *, daemon: str = "") -> tuple[str, float]:
    """What a script prints in a D-Bus session of its own, and the seconds it took."""
    (tmp_path / "script.py").write_text(script)
    # Its own home, so that no keyring of the person who runs the tests is touched or asked.
    surroundings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    command = f"{daemon} exec '{sys.executable}' script.py"
    began = time.monotonic()
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", command],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), time.monotonic() - began


@needs_secret_service
def test_secrets_are_kept_and_forgotten_in_a_real_secret_service(tmp_path: Path) -> None:
    unlocked = "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null;"
    printed, _ = run_in_session(tmp_path, IN_A_SESSION, daemon=unlocked)
    assert printed == "kept and forgotten"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.keyring"))
    assert kept
    assert b"other" not in kept


@needs_secret_service
def test_a_keyring_that_cannot_be_unlocked_is_told_with_the_alternative(tmp_path: Path) -> None:
    # Started without a password, and with nobody to ask for one.
    locked = "gnome-keyring-daemon --start --components=secrets >/dev/null;"
    script = WITHOUT_ONE.replace("ANSWER_WITHIN", "3")
    printed, seconds = run_in_session(tmp_path, script, daemon=locked)
    assert "keyring" in printed
    assert "MIAVO_SECRETS=file" in printed
    assert "0123456789" not in printed
    assert seconds < 30


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others always have a keyring")
def test_a_session_without_any_keyring_is_told_the_alternative(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ONE.replace("ANSWER_WITHIN", "20")],
        env={
            "PATH": "/nonexistent",
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "HOME": str(tmp_path),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("this session has no keyring.")
    assert "MIAVO_SECRETS=file" in done.stdout


# These are not derived from keyring's own base class: it registers every subclass for the choice
# of the whole process.


class Prompting:
    """A keyring that waits for its owner's password."""

    priority = 9

    def __init__(self) -> None:
        self.asked = 0
        self.prompt_shown = threading.Event()
        self.password_given = threading.Event()

    def get_password(self, service: str, username: str) -> str:
        self.asked += 1
        self.prompt_shown.set()
        self.password_given.wait()
        return "opened"


class Failing:
    """A keyring whose errors repeat what they should not."""

    priority = 9

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"could not store {password}")


class Plain:
    """A keyring that keeps plain text: those have a priority under 1."""

    priority = 0.5


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(backend: object) -> None:
        monkeypatch.setattr("keyring.core._keyring_backend", backend)
        monkeypatch.setattr("keyring.core.init_backend", lambda: None)

    return use


async def test_a_prompt_that_nobody_answers_is_waited_for_no_longer_than_said(use: Any) -> None:
    backend = Prompting()
    use(backend)
    store = KeyringSecrets(Path("/h"), answer_within=0.05)
    with pytest.raises(ConfigurationError, match=r"0\.05 seconds.*MIAVO_SECRETS=file"):
        await store.get("cred_a")
    backend.password_given.set()
    patient = KeyringSecrets(Path("/h"))
    assert await patient.get("cred_a") == Secret("opened")


async def test_the_loop_goes_on_and_one_prompt_is_opened_while_the_keyring_is_asked(
    use: Any,
) -> None:
    backend = Prompting()
    use(backend)
    store = KeyringSecrets(Path("/h"))
    asking = [asyncio.create_task(store.get(f"cred_{n}")) for n in range(3)]
    # Were the loop held up, nothing could come back from here.
    assert await asyncio.to_thread(backend.prompt_shown.wait, 10)
    assert backend.asked == 1
    backend.password_given.set()
    assert await asyncio.gather(*asking) == [Secret("opened")] * 3


async def test_a_keyrings_own_words_are_not_passed_on(use: Any) -> None:
    use(Failing())
    with pytest.raises(ConfigurationError) as caught:
        await KeyringSecrets(Path("/h")).set("cred_a", Secret("sk-0123456789"))
    error: BaseException | None = caught.value
    assert "OSError" in str(error)
    assert "0123456789" not in str(error)


async def test_a_keyring_of_plain_text_is_not_taken_for_one(use: Any) -> None:
    use(Plain())
    with pytest.raises(ConfigurationError, match="no keyring"):
        await KeyringSecrets(Path("/h")).set("cred_a", Secret("x"))
