"""Rendering videos, and watching them come."""

from __future__ import annotations

import asyncio
import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Select, Static, TextArea

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.media.kept import made_folder
from miavo_tui.media.player import open_file
from miavo_tui.model_card import Prices
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.renders import Renders
from miavo_tui.screens.form import FieldProblem
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.video_records import VideoTask
from miavo_tui.widgets.form_field import FormField, field_named
from miavo_tui.widgets.path_suggester import PathSuggester
from miavo_tui.widgets.studio_pane import StudioPane, existing_file, line, typed_number
from miavo_tui.widgets.video_preview import VideoPreview
from miavo_tui.widgets.video_queue import VideoQueue

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["VideoPane", "estimate"]

_EACH = 1.0
"""Seconds between looks at the tasks while one runs."""
_LARGEST_IMAGE = 20 * 1024 * 1024


class VideoPane(StudioPane):
    """A prompt and how to render it; the queue, and a preview of what is chosen there."""

    KIND: ClassVar[str] = "video"
    MAKE: ClassVar[str] = "Render"
    CHANGES: ClassVar[frozenset[str]] = frozenset({"remove"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", "play", id="video.open", tooltip="Play the video"),
        Binding("s", "save", "save as", id="video.save", tooltip="Save a copy somewhere"),
        Binding(
            "x,delete", "remove", "remove", id="video.cancel", tooltip="Cancel or delete the task"
        ),
    ]

    prompt = getters.query_one("#video-prompt", TextArea)
    queue = getters.query_one(VideoQueue)
    preview = getters.query_one(VideoPreview)
    _ratio = getters.query_one("#video-ratio", Select)
    _resolution = getters.query_one("#video-size", Select)
    _long = getters.query_one("#video-long", Select)
    _sound = getters.query_one("#video-sound", Select)
    _cost = getters.query_one("#video-cost", Static)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._offered: Renders | None = None
        """What the choices are made of."""
        self._shown = ""
        """The id and state of the task in the preview."""

    def compose_fields(self) -> ComposeResult:
        """The prompt and how to render it."""
        yield FormField(
            "prompt",
            "Prompt",
            TextArea(
                id="video-prompt",
                soft_wrap=True,
                tab_behavior="focus",
                highlight_cursor_line=False,
                placeholder="What shall be seen?",
            ),
        )
        with Horizontal(classes="studio-row"):
            yield FormField("aspect_ratio", "Shape", _choice("video-ratio"))
            yield FormField("resolution", "Size", _choice("video-size"))
        with Horizontal(classes="studio-row"):
            yield FormField("duration_seconds", "Seconds", _choice("video-long"))
            yield FormField("audio", "Sound", _choice("video-sound"))
        yield FormField("seed", "Seed", Input(placeholder="any number", id="video-seed"))
        yield FormField("negative_prompt", "Avoid", Input(id="video-avoid"))
        yield FormField(
            "image",
            "Begins with the picture",
            Input(placeholder="a path or an https link", suggester=PathSuggester()),
        )
        yield Static(id="video-cost", markup=False)

    def compose_results(self) -> ComposeResult:
        """The queue over the preview."""
        yield VideoQueue()
        yield VideoPreview()

    def on_mount(self) -> None:
        """Looks at the tasks, and again while one runs and the pane is in view."""
        assert isinstance(self.screen, FrameScreen)
        self.screen.every(_EACH, self._look_again)
        self.watch(self.app, "link", self._linked)

    def _linked(self) -> None:
        self.look()

    def model_changed(self) -> None:
        """Other choices and another price."""
        card = self.card
        renders = card.renders if card else None
        if renders is not None and renders != self._offered:
            self._offered = renders
            _offer(self._ratio, renders.aspect_ratios)
            _offer(self._resolution, renders.resolutions)
            _offer(self._long, tuple(map(str, renders.seconds)), str(renders.default_seconds))
            _offer(self._sound, ("yes", "no"))
            for name, there in (
                ("audio", renders.audio),
                ("seed", renders.seed),
                ("negative_prompt", renders.negative_prompt),
                ("image", renders.image),
            ):
                if (field := field_named(self, name)) is not None:
                    field.display = there
        self._show_cost()

    @on(Select.Changed, "#video-long")
    @on(Select.Changed, "#video-size")
    def _cost_changed(self) -> None:
        self._show_cost()

    def _show_cost(self) -> None:
        card = self.card
        size = self._resolution.value if isinstance(self._resolution.value, str) else None
        seconds = int(self._long.value) if isinstance(self._long.value, str) else 0
        words = "" if card is None else estimate(card.prices, size, seconds)
        self._cost.update(Content.styled(words, "$text-muted"))

    async def make(self, client: GatewayClient) -> None:
        """Submit the task."""
        prompt = self.prompt.text.strip()
        if not prompt:
            raise FieldProblem("prompt", "Write what shall be seen.")
        body: dict[str, object] = {"model": self.model, "prompt": prompt}
        for name, select in (("aspect_ratio", self._ratio), ("resolution", self._resolution)):
            if isinstance(select.value, str):
                body[name] = select.value
        if isinstance(self._long.value, str):
            body["duration_seconds"] = int(self._long.value)
        renders = self._offered
        seed = typed_number("seed", line(self, "seed"), int)
        if (renders is None or renders.seed) and seed is not None:
            body["seed"] = seed
        if (renders is None or renders.negative_prompt) and (
            avoid := line(self, "negative_prompt")
        ):
            body["negative_prompt"] = avoid
        if (renders is None or renders.image) and (image := line(self, "image")):
            body["image"] = await asyncio.to_thread(_picture, image)
        if (renders is None or renders.audio) and isinstance(self._sound.value, str):
            body["audio"] = self._sound.value == "yes"
        task = await client.videos.submit(body)
        self.queue.wanted = task.id
        self.look()

    def _look_again(self) -> None:
        if self.screen.is_current and self.display and not all(t.ended for t in self.queue.tasks):
            self.look()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Reads the tasks anew."""
        client = self.app.client
        if client is None or client.api_key is None:
            return
        try:
            tasks = await self.with_key(client.videos.newest)
        except GatewayUnreachable:
            self.app.look_at_link()
            return
        except GatewayRefused as refused:
            self.tell(refused.message)
            return
        self.queue.show(tasks)
        if (task := self.queue.chosen) is not None:
            self._preview(task)
        self.refresh_bindings()

    @on(VideoQueue.Chosen)
    def _chosen(self, event: VideoQueue.Chosen) -> None:
        event.stop()
        self._preview(event.task)
        self.refresh_bindings()

    def _preview(self, task: VideoTask) -> None:
        state = f"{task.id} {task.status}"
        if state == self._shown:
            return
        self._shown = state
        if task.status == "succeeded":
            self._fetch_and_show(task)
        elif task.status == "failed":
            self.preview.say(
                Content.styled(f"✖ {task.problem or 'It failed.'} It cost nothing.", "$text-error")
            )
        else:
            self.preview.say(
                Content.styled(
                    f"{printable_line(task.prompt)}\nIt is rendered at the provider, and goes on "
                    "if you leave.",
                    "$text-muted",
                )
            )

    @work(exclusive=True, group="preview")
    async def _fetch_and_show(self, task: VideoTask) -> None:
        if (path := await self._file(task)) is not None:
            words = Content.styled(
                f"{task.model}  {task.duration_seconds} s  {task.resolution}\n{path}", "$text-muted"
            )
            self.preview.show(path, words)

    async def _file(self, task: VideoTask) -> Path | None:
        """The file of a task, fetched if it is not here yet; None if it cannot be had."""
        path = (await asyncio.to_thread(made_folder, self.app.start.home)) / f"{task.id}.mp4"
        if await asyncio.to_thread(path.exists):
            return path
        client = self.app.client
        if client is None or task.video_url is None:
            return None
        try:
            await client.videos.download(task, path)
        except (GatewayRefused, GatewayUnreachable, OSError) as problem:
            self.preview.say(Content.styled(f"✖ The file cannot be had: {problem}", "$text-error"))
            return None
        return path

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what can be done with the task under the highlight."""
        task = self.queue.chosen if self.is_mounted else None
        if action in ("open", "save"):
            return task is not None and task.status == "succeeded"
        if action == "remove":
            return task is not None
        return super().check_action(action, parameters)

    @work(group="play")
    async def action_open(self) -> None:
        """Plays the video with what this machine has."""
        task = self.queue.chosen
        if task is None or (path := await self._file(task)) is None:
            return
        if problem := await open_file(path):
            self.app.notify(problem, severity="warning", markup=False)

    @work
    async def action_save(self) -> None:
        """Saves a copy where the person says."""
        from miavo_tui.screens.save_as import SaveAs

        task = self.queue.chosen
        if task is not None and (path := await self._file(task)) is not None:
            await self.app.push_screen_wait(SaveAs(path))

    @work
    async def action_remove(self) -> None:
        """Cancels a task that runs or deletes one that ended, after a question."""
        from miavo_tui.screens.confirm import ConfirmDialog

        task, client = self.queue.chosen, self.app.client
        if task is None or client is None:
            return
        verb = "Delete" if task.ended else "Cancel"
        question = ConfirmDialog(
            f"{verb} this video?", printable_line(task.prompt)[:200], verb=verb, cancel="Keep it"
        )
        if not await self.app.push_screen_wait(question):
            return
        try:
            await client.videos.remove(task.id)
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.tell(str(problem))
        self.look()


def estimate(prices: Prices, size: str | None, seconds: int) -> str:
    """What so many seconds cost; empty where that cannot be told."""
    price = dict(prices.per_second_by_resolution).get(size or "", prices.per_second)
    if price is None or seconds <= 0:
        return ""
    if not price:
        return "It costs nothing."
    return f"{seconds} seconds cost {usd(price * seconds)}; what fails costs nothing."


def _choice(name: str) -> Select[str]:
    return Select((), prompt="the model's own", id=name, compact=True)


def _offer(select: Select[str], values: tuple[str, ...], usual: str | None = None) -> None:
    """Other values to choose from; one that is chosen stays if it is among them."""
    chosen = select.value
    select.set_options([(value, value) for value in values])
    if chosen in values:
        select.value = chosen
    elif usual in values:
        select.value = usual


def _picture(given: str) -> str:
    """A link as it is, a file as a `data:` URL."""
    if given.startswith("https://"):
        return given
    path = existing_file("image", given)
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not kind.startswith("image/"):
        raise FieldProblem("image", f"{path.name} is no picture.")
    content = path.read_bytes()
    if len(content) > _LARGEST_IMAGE:
        raise FieldProblem("image", "The picture is larger than 20 MB.")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
