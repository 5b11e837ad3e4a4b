"""The studio: videos rendered, texts spoken, recordings written down, by a real gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest
from textual.widgets import Input, Static

from miavo_tui.app import MiavoApp
from miavo_tui.media.kept import free_name, save_copy
from miavo_tui.media.pictures import picture_way
from miavo_tui.media.player import player_commands
from miavo_tui.media.waveform import Unplayable, Waveform, read_waveform
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.save_as import SaveAs
from miavo_tui.screens.studio import StudioScreen
from miavo_tui.widgets.form_field import field_named
from miavo_tui.widgets.path_suggester import completed
from miavo_tui.widgets.studio_speech import SpeechPane
from miavo_tui.widgets.studio_transcription import TranscriptionPane
from miavo_tui.widgets.studio_video import VideoPane
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until
from tests.tui.screens.shown import Shown


class Studio(Shown):
    @property
    def screen(self) -> StudioScreen:
        assert isinstance(self.app.screen, StudioScreen)
        return self.app.screen

    @property
    def video(self) -> VideoPane:
        return self.screen.query_one(VideoPane)

    @property
    def speech(self) -> SpeechPane:
        return self.screen.query_one(SpeechPane)

    @property
    def transcription(self) -> TranscriptionPane:
        return self.screen.query_one(TranscriptionPane)

    def error_of(self, name: str) -> str:
        """Of the dialog in front, or of the pane in view."""
        shown = self.screen.pane if isinstance(self.app.screen, StudioScreen) else self.app.screen
        field = field_named(shown, name)
        return "" if field is None else field.error


@asynccontextmanager
async def studio(gateway: RunningGateway, home: Path) -> AsyncIterator[Studio]:
    app = MiavoApp(Attached(gateway, home))
    async with app.run_test(size=(130, 40)) as pilot:
        await ready(pilot, app)
        app.show_screen("studio")
        await until(pilot, lambda: isinstance(app.screen, StudioScreen), "the studio")
        await pilot.pause()
        yield Studio(app, pilot)


async def test_it_begins_with_what_is_on_this_machine_before_what_is_simulated(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("port = 0\nsandbox = true\n")
    async with studio(start_gateway(home), tmp_path / "app") as at:
        for pane in (at.video, at.speech, at.transcription):
            await until(at.pilot, lambda pane=pane: bool(pane.model), "a model")
            assert pane.model.startswith("local-")


async def test_a_video_is_rendered_shown_saved_and_deleted(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with studio(shared_gateway, tmp_path / "app") as at:
        at.screen.use_model("local-storyboard")
        await until(at.pilot, lambda: at.video.model == "local-storyboard", "the model")
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: "Write what" in at.error_of("prompt"), "the missing prompt")
        at.video.prompt.text = "A lighthouse at dusk"
        for _ in range(2):  # twice in a moment is once
            at.app.simulate_key("ctrl+s")
        await until(at.pilot, lambda: bool(at.video.queue.tasks), "the task")
        await until(
            at.pilot, lambda: at.video.queue.tasks[0].status == "succeeded", "the rendered video"
        )
        assert len(at.video.queue.tasks) == 1
        words = at.video.preview.query_one("#preview-words", Static)
        await until(at.pilot, lambda: ".mp4" in str(words.content), "the preview")
        path = tmp_path / "app" / "studio" / f"{at.video.queue.tasks[0].id}.mp4"
        with av.open(str(path)) as container:
            assert container.streams.video
        at.video.queue.options.focus()
        await at.pilot.press("s")
        await until(at.pilot, lambda: isinstance(at.app.screen, SaveAs), "where to save")
        where = at.app.screen.query_one("#save-path", Input)
        where.value = "~nobody-of-this-name/mine.mp4"
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: "home folder" in at.error_of("path"), "the unknown home")
        where.value = str(tmp_path / "mine.mp4")
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: (tmp_path / "mine.mp4").exists(), "the saved copy")
        await until(at.pilot, lambda: isinstance(at.app.screen, StudioScreen), "the studio again")
        at.video.queue.options.focus()
        await at.pilot.press("x")
        await until(at.pilot, lambda: isinstance(at.app.screen, ConfirmDialog), "the question")
        await at.pilot.press("y")
        await until(at.pilot, lambda: not at.video.queue.tasks, "no task")
        assert (tmp_path / "mine.mp4").exists()


async def test_what_is_spoken_can_be_seen_and_heard_again(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with studio(shared_gateway, tmp_path / "app") as at:
        at.screen.use_model("local-espeak")
        await until(at.pilot, lambda: at.speech.model == "local-espeak", "the model")
        at.speech.text.text = "One two three four five six seven."
        at.speech.query_one("#speech-voice", Input).value = "nobody"
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: "no voice" in at.error_of("voice"), "the refused voice")
        assert at.speech.shelf.chosen is None
        at.speech.query_one("#speech-voice", Input).value = "alloy"
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: at.speech.shelf.wave.wave is not None, "the waveform")
        path = at.speech.shelf.chosen
        assert path is not None
        assert read_waveform(path).seconds > 1
        at.screen.use_model("local-pocketsphinx")
        await until(
            at.pilot, lambda: at.transcription.model == "local-pocketsphinx", "the other model"
        )
        for wrong in (tmp_path / "nothing.mp3", "~nobody-of-this-name/nothing.mp3"):
            at.transcription.query_one("#heard-file", Input).value = str(wrong)
            await at.pilot.press("ctrl+s")
            told = f"There is no file {wrong}."
            await until(at.pilot, lambda told=told: told in at.error_of("file"), told)
        at.transcription.query_one("#heard-file", Input).value = str(path)
        await at.pilot.press("ctrl+s")
        await until(at.pilot, lambda: "three" in at.transcription.heard.text, "what was heard")


async def test_the_kinds_go_round_and_a_model_brings_its_own(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    async with studio(shared_gateway, tmp_path / "app") as at:
        kinds = []
        for _ in range(3):
            await at.pilot.press("ctrl+t")
            kinds.append(at.screen.kind)
        assert kinds == ["speech", "transcription", "video"]
        at.screen.use_model("whisper-1")
        assert at.screen.kind == "transcription"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "a.mp3"
    source.write_bytes(b"a")
    assert save_copy(source, str(tmp_path / "b")).name == "b.mp3"
    with pytest.raises(FileExistsError):
        save_copy(source, str(tmp_path / "b.mp3"))
    assert free_name(source).name == "a-2.mp3"


def test_a_waveform_keeps_its_peaks_at_any_width() -> None:
    wave = Waveform((0.0, 0.5, 1.0, 0.25), 0.04)
    assert wave.columns(2) == (0.5, 1.0)
    assert wave.columns(8) == (0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 0.25, 0.25)
    assert wave.columns(0) == ()


def test_what_is_no_sound_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("words")
    with pytest.raises(Unplayable):
        read_waveform(path)


def test_paths_are_completed_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "recording.mp3").touch()
    (tmp_path / "records").mkdir()
    assert completed(f"{tmp_path}/reco") == f"{tmp_path}/recording.mp3"
    assert completed(f"{tmp_path}/records") == f"{tmp_path}/records/"
    assert completed(f"{tmp_path}/none") is None
    assert completed("") is None


def test_pictures_and_players_are_those_of_the_machine(tmp_path: Path) -> None:
    assert picture_way({"KITTY_WINDOW_ID": "1"}) == "kitty"
    assert picture_way({"KITTY_WINDOW_ID": "1", "TMUX": "x"}) == "halfcell"
    assert picture_way({"TERM_PROGRAM": "WezTerm"}) == "sixel"
    movie = tmp_path / "a.mp4"
    assert player_commands(movie, {}, "linux") == ()
    assert player_commands(movie, {"DISPLAY": ":0"}, "linux") == (("xdg-open", str(movie)),)
    assert player_commands(movie, {}, "darwin") == (("open", str(movie)),)
