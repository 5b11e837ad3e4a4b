"""The copy-paste examples are whole programs for this gateway and this model."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from miavo_gateway.catalogue import Kind, Model, examples, load_catalogue

MODELS = load_catalogue().models
BASE_URL = "http://127.0.0.1:6428"


def first_of(kind: Kind) -> Model:
    return next(model for model in MODELS if model.kind is kind)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_every_model_has_a_program_in_each_language(model: Model) -> None:
    programs = examples(model, BASE_URL)
    assert list(programs) == ["curl", "python", "typescript"]
    compile(programs["python"], f"{model.slug}.py", "exec")
    for language, program in programs.items():
        assert BASE_URL in program, language
        assert model.slug in program, language
        assert "MIAVO_API_KEY" in program, language
        assert "sk-maas-" not in program, language
        assert "@" not in program.replace("-d @-", ""), f"{language}: a place was left unfilled"


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell to parse with")
@pytest.mark.parametrize("kind", list(Kind))
def test_the_curl_program_parses_as_shell(kind: Kind) -> None:
    program = examples(first_of(kind), BASE_URL)["curl"]
    done = subprocess.run(["sh", "-n"], input=program, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.IMAGE, "not_implemented"),
        (Kind.VIDEO, "video_url"),
        (Kind.SPEECH, "speech.wav"),
        (Kind.MUSIC, "music.mp3"),
        (Kind.TRANSCRIPTION, "input_audio"),
    ],
)
def test_each_kind_is_called_its_own_way(kind: Kind, said: str) -> None:
    for language, program in examples(first_of(kind), BASE_URL).items():
        assert said in program, language


def test_a_slash_at_the_end_of_the_address_is_not_doubled() -> None:
    model = first_of(Kind.CHAT)
    assert examples(model, f"{BASE_URL}/") == examples(model, BASE_URL)
