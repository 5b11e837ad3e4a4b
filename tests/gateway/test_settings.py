"""Settings: the first source that names one wins, and what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.gateway import Gateway
from miavo_gateway.home import Home
from miavo_gateway.settings import Origin, load_settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_flags_win_over_variables_over_the_file_over_defaults(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config_file.write_text('port = 1\nhost = "::1"\nlog_level = "error"\n')
    monkeypatch.setenv("MIAVO_PORT", "2")
    monkeypatch.setenv("MIAVO_HOST", "127.0.0.2")
    settings = load_settings(home, port=3, host=None)
    assert (settings.port, settings.origin("port")) == (3, Origin.FLAG)
    assert (settings.host, settings.origin("host")) == ("127.0.0.2", Origin.VARIABLE)
    assert (settings.log_level, settings.origin("log_level")) == ("error", Origin.FILE)
    assert settings.origin("max_body_bytes") is Origin.DEFAULT
    assert settings.origin("home") is Origin.VARIABLE  # the tests' own


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fallbacks = 3", "fallbacks"),
        ('[fallbacks]\n"gpt-5.4" = "local-echo"', r"fallbacks\.gpt-5\.4"),
        ("colour = 3", "colour"),
        ('[fallbacks]\n"gpt-5.4" = ["nope"]', 'fallbacks: "gpt-5.4".*"nope"'),
        ('[fallbacks]\n"gpt-5.4" = ["o4-mini"]\n"o4-mini" = ["gpt-5.4"]', "circle"),
    ],
)
def test_a_bad_setting_is_a_configuration_error_that_names_it(
    home: Home, text: str, says: str
) -> None:
    home.config_file.write_text(text)
    with pytest.raises(ConfigurationError, match=says):
        Gateway.build(home, load_settings(home))


def test_a_variable_that_is_no_json_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIAVO_FALLBACKS", "gpt-5.4=local-echo")
    with pytest.raises(ConfigurationError, match="MIAVO_FALLBACKS"):
        load_settings(home)
