"""Saving requests to a file: where and as what, then how far it has come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, ProgressBar, Select, Static

from miavo_tui.amount_text import counted
from miavo_tui.client import GatewayRefused, GatewayUnreachable
from miavo_tui.requests.export import FORMATS, ExportJob, ExportProblem, FileFormat
from miavo_tui.screens.form import FieldProblem
from miavo_tui.screens.modal import Modal
from miavo_tui.screens.save_form import SaveForm
from miavo_tui.usage_query import UsageQuery
from miavo_tui.widgets.form_field import FormField

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp
    from miavo_tui.client import GatewayClient

__all__ = ["ExportForm", "ExportPlan", "ExportProgress", "export_requests"]


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What to write, and where."""

    kind: FileFormat
    path: Path


class ExportForm(SaveForm[ExportPlan]):
    """Asks for the kind of file and its place."""

    HEADING = "Save requests to a file"
    SUBMIT = "Save"
    AUTO_FOCUS = "#export-path"

    def __init__(self, folder: Path, count: str) -> None:
        """Prepares the form.

        Args:
            folder: where the file is offered to go.
            count: how many rows there are, in words.
        """
        super().__init__()
        self._count = count
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        self._suggested = folder / f"miavo-usage-{stamp}{FORMATS[0].suffix}"

    def compose_fields(self) -> ComposeResult:
        """Kind, place."""
        yield FormField(
            "kind",
            "Kind of file",
            Select(
                [(each.name, each.suffix) for each in FORMATS],
                value=FORMATS[0].suffix,
                allow_blank=False,
                compact=True,
                id="export-kind",
            ),
            "CSV for spreadsheets, JSON Lines for programs, Parquet for data tools",
        )
        yield FormField(
            "path",
            "Where",
            Input(str(self._suggested), select_on_focus=False, id="export-path"),
            f"{self._count}, as the filter says, newest first",
        )

    @on(Select.Changed, "#export-kind")
    def _kind_changed(self, event: Select.Changed) -> None:
        self.end_with(str(event.value), [each.suffix for each in FORMATS])

    async def submit(self) -> ExportPlan:
        """The plan, once the file can be written."""
        suffix = str(self.query_one("#export-kind", Select).value)
        kind = next(each for each in FORMATS if each.suffix == suffix)
        if missing := await asyncio.to_thread(lambda: kind.missing):
            raise FieldProblem("kind", missing)
        return ExportPlan(kind, await self.place())


class ExportProgress(Modal[str]):
    """How far an export has come; answers with what became of it, in a sentence."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("usage_export.tcss")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "stop", "stop", id="export.stop", tooltip="Stop; no file is left"),
    ]

    def __init__(
        self, client: GatewayClient, query: UsageQuery, plan: ExportPlan, total: int | None
    ) -> None:
        super().__init__()
        self._client = client
        self._job = ExportJob(query, plan.kind, plan.path)
        self._total = total

    def compose_body(self) -> ComposeResult:
        """A bar over the counts."""
        with Vertical(id="export"):
            yield Static(
                Content.styled(f"Saving to {self._job.path.name}", "bold $primary"), markup=False
            )
            yield ProgressBar(self._total or None, show_eta=True, id="export-bar")
            yield Static(id="export-count", markup=False)

    def on_mount(self) -> None:
        """Begins."""
        self._run()

    @work(group="export", exclusive=True)
    async def _run(self) -> None:
        try:
            await self._job.run(self._client, self._advance)
        except ExportProblem as problem:
            self.dismiss(f"✖ {problem}")
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.dismiss(f"✖ {problem} No file was written; save again to try once more.")
        else:
            self.dismiss(f"Saved {counted(self._job.written, 'request')} to {self._job.path}")

    def _advance(self, written: int) -> None:
        self.query_one(ProgressBar).update(progress=written)
        of = f" of {self._total:,}" if self._total else ""
        self.query_one("#export-count", Static).update(
            Content.styled(f"{written:,}{of} requests", "$text-muted")
        )

    def action_stop(self) -> None:
        """Stops; the job takes its half of a file with it."""
        self.workers.cancel_group(self, "export")
        self.dismiss("Stopped; no file was written.")


async def export_requests(app: MiavoApp, query: UsageQuery, total: int | None) -> None:
    """Asks where requests shall be saved, saves them, and tells what became of it.

    Args:
        app: over whose screen; called from a worker.
        query: which requests.
        total: how many there are, where that is known.
    """
    client = app.client
    if client is None:
        return
    count = "All requests" if total is None else counted(total, "request")
    folder = Path(app.state.export_folder or Path.home())
    plan = await app.push_screen_wait(ExportForm(folder, count))
    if plan is None:
        return
    app.remember(export_folder=str(plan.path.parent))
    told = await app.push_screen_wait(ExportProgress(client, query, plan, total))
    if told:
        failed = told.startswith("✖")
        app.notify(told, severity="error" if failed else "information", markup=False)
