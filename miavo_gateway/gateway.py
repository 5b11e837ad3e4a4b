"""A gateway's parts, put together."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from miavo_gateway.announcement import new_instance_id
from miavo_gateway.catalogue import Catalogue, load_catalogue, with_overrides
from miavo_gateway.clock import now_us
from miavo_gateway.errors import ConfigurationError, InternalError
from miavo_gateway.flow.fallbacks import read_fallbacks
from miavo_gateway.flow.live import LiveRequests
from miavo_gateway.flow.router import Router
from miavo_gateway.home import Home
from miavo_gateway.local.echo import EchoEngine
from miavo_gateway.local.engine import ChatEngine
from miavo_gateway.local.servers import server_engines
from miavo_gateway.local.smollm2 import SmolLM2Engine
from miavo_gateway.local.storyboard.engine import storyboards
from miavo_gateway.log import log
from miavo_gateway.observe.access_log import AccessLog
from miavo_gateway.observe.observer import Observer
from miavo_gateway.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from miavo_gateway.flow.accounts import Accounts
    from miavo_gateway.flow.completion import ChatFlow
    from miavo_gateway.flow.keys import Keys
    from miavo_gateway.flow.ledger import Ledger
    from miavo_gateway.flow.limiter import Limiter
    from miavo_gateway.flow.metered import MeteredFlow
    from miavo_gateway.flow.pages import Pages
    from miavo_gateway.flow.realtime import RealtimeFlow
    from miavo_gateway.flow.speech import SpeechFlow
    from miavo_gateway.flow.totals import UsageTotals
    from miavo_gateway.flow.transcription import TranscriptionFlow
    from miavo_gateway.flow.usage_rows import UsageRows
    from miavo_gateway.flow.videos.flow import VideoFlow
    from miavo_gateway.flow.videos.tasks import VideoTasks
    from miavo_gateway.store.writer import GroupCommitWriter
    from miavo_gateway.upstream.credentials import Credentials
    from miavo_gateway.upstream.fetching.fetcher import Fetcher
    from miavo_gateway.upstream.pool import Pool
    from miavo_gateway.upstream.remote_chat import Reach
    from miavo_gateway.upstream.transport import Transport
    from miavo_gateway.video_engine import VideoEngine

__all__ = ["Books", "Gateway"]

_STOP_SECONDS = 2.0
_COLLECTED_AFTER = (20_000, 20, 50)


@dataclass(frozen=True, slots=True)
class Books:
    """What stands on the database."""

    database: AsyncEngine
    writer: GroupCommitWriter
    keys: Keys
    accounts: Accounts
    ledger: Ledger
    limiter: Limiter
    usage: UsageRows
    totals: UsageTotals
    pages: Pages
    credentials: Credentials
    pool: Pool
    reach: Reach
    chat: ChatFlow
    metered: MeteredFlow
    realtime: RealtimeFlow
    videos: VideoFlow
    speech: SpeechFlow
    transcription: TranscriptionFlow
    closing: contextlib.AsyncExitStack
    """Closes all of it."""


@dataclass(slots=True)
class Gateway:
    """Everything a running gateway holds.

    The books open in the background, or on first need: importing SQLAlchemy takes longer than all
    the rest, and what does not need the database (health, the catalogue for the app) need not
    wait for it.
    """

    home: Home
    settings: Settings
    shipped: Catalogue
    """The catalogue that Miavo comes with, before `config.toml` changes it."""
    catalogue: Catalogue
    router: Router
    admin_token: str = field(repr=False)
    live: LiveRequests = field(default_factory=LiveRequests)
    observer: Observer = field(default_factory=Observer)
    access_log: AccessLog = field(default_factory=AccessLog)
    instance: str = field(default_factory=new_instance_id)
    started_at: int = field(default_factory=now_us)
    url: str = ""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while settings are changed."""
    _opening: asyncio.Task[Books] | None = None
    _transport: Transport | None = None
    _fetcher: Fetcher | None = None

    @classmethod
    def build(cls, home: Home, settings: Settings) -> Gateway:
        """Put a gateway together; nothing runs yet.

        Raises:
            ConfigurationError: the catalogue, or the overrides or fallbacks in `config.toml`,
                are wrong.
        """
        shipped = load_catalogue()
        source = str(home.config_file)
        catalogue = with_overrides(shipped, settings.models, source)
        engines: dict[str, ChatEngine] = {
            "local-smollm2-135m": SmolLM2Engine(),
            "local-echo": EchoEngine(),
        }
        gateway = cls(
            home=home,
            settings=settings,
            shipped=shipped,
            catalogue=catalogue,
            router=Router(
                catalogue,
                engines,
                reach=storyboards(catalogue),
                fallbacks=read_fallbacks(settings.fallbacks, catalogue, source),
            ),
            admin_token=home.admin_token(),
        )
        engines.update(server_engines(catalogue, gateway.transport))
        return gateway

    async def books(self) -> Books:
        """The books, opened now if they are not yet.

        Raises:
            InternalError: they could not be opened; the message says why. The next call tries
                again.
        """
        try:
            return await self.opened()
        except ConfigurationError as error:
            raise InternalError(error.message) from None

    async def opened(self) -> Books:
        """As `books`, for the start of the gateway.

        Raises:
            ConfigurationError: the database cannot be opened.
        """
        return await asyncio.shield(self.open())

    def open(self) -> asyncio.Task[Books]:
        """Begin opening the books, unless they are open or being opened."""
        opening = self._opening
        if opening is None or (opening.done() and not self.ready):
            opening = self._opening = asyncio.create_task(self._open(), name="open-books")
            # Nobody may be waiting for it when it fails.
            opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        return opening

    @property
    def ready(self) -> bool:
        """Whether the books are open."""
        opening = self._opening
        return (
            opening is not None
            and opening.done()
            and not opening.cancelled()
            and opening.exception() is None
        )

    async def stop(self) -> None:
        """End what is in flight, then close the engines and the books."""
        await self.live.stop(seconds=_STOP_SECONDS)
        if self.ready:
            # Before the client that they ask with is closed: they go on at the next start.
            await (await self.opened()).videos.stop()
        self.observer.happenings.close()
        for slug, engine in self.router.engines.items():
            try:
                await asyncio.wait_for(engine.close(), _STOP_SECONDS)
            except Exception:  # noqa: BLE001  one engine must not keep the books from closing
                log.exception("the engine %s did not close", slug)
        for client in (self._transport, self._fetcher):
            if client is not None:
                await client.close()
        if self._opening is None:
            return
        # A database that is being opened is closed when it is open: its thread would outlive the
        # loop otherwise.
        try:
            books = await self._opening
            await books.closing.aclose()
        except (ConfigurationError, asyncio.CancelledError):
            pass  # nothing was opened
        except Exception:  # noqa: BLE001  the rest of the gateway closes all the same
            log.exception("the books did not close")

    async def _open(self) -> Books:
        await asyncio.to_thread(_import_books)
        async with contextlib.AsyncExitStack() as closing:
            books = await self._open_with(closing)
            # All went well: what was opened stays open until the books are closed.
            return replace(books, closing=closing.pop_all())

    async def _open_with(self, closing: contextlib.AsyncExitStack) -> Books:
        from miavo_gateway.engines import reach_chat, reach_realtime, reach_sound, reach_videos
        from miavo_gateway.flow.accounts import Accounts
        from miavo_gateway.flow.completion import ChatFlow
        from miavo_gateway.flow.keys import Keys
        from miavo_gateway.flow.ledger import Ledger
        from miavo_gateway.flow.limiter import Limiter
        from miavo_gateway.flow.metered import MeteredFlow
        from miavo_gateway.flow.pages import Pages
        from miavo_gateway.flow.passage import Passage
        from miavo_gateway.flow.realtime import RealtimeFlow
        from miavo_gateway.flow.speech import SpeechFlow
        from miavo_gateway.flow.totals import UsageTotals
        from miavo_gateway.flow.transcription import TranscriptionFlow
        from miavo_gateway.flow.usage_rows import UsageRows
        from miavo_gateway.flow.videos.tasks import VideoTasks
        from miavo_gateway.flow.windows import MemoryWindows
        from miavo_gateway.store.database import open_database
        from miavo_gateway.store.sole_owner import sole_owner
        from miavo_gateway.store.writer import GroupCommitWriter
        from miavo_gateway.upstream.credentials import Credentials
        from miavo_gateway.upstream.pool import Pool
        from miavo_gateway.upstream.remote_chat import Reach
        from miavo_gateway.upstream.secrets import open_secrets

        database = await open_database(self.settings.effective_database_url)
        closing.push_async_callback(database.dispose)
        await closing.enter_async_context(sole_owner(database))
        writer = GroupCommitWriter(database)
        closing.push_async_callback(writer.close)
        writer.start()
        keys = Keys(database, writer)
        await keys.load()
        accounts = Accounts(database, writer, keys)
        await accounts.load()
        ledger = Ledger(database, writer, keys, self.observer)
        closing.push_async_callback(ledger.close)
        if closed := await ledger.load():
            log.warning("closed %d requests that a crash had left open", closed)
        credentials = Credentials(
            database,
            writer,
            open_secrets(self.settings.secrets, self.home.path),
            providers=[each.id for each in self.catalogue.providers if each.needs_credential],
            environment=os.environ,
        )
        closing.push_async_callback(credentials.sandbox.stop)
        await credentials.load()
        if self.settings.sandbox:
            await credentials.simulate_rest()
        names = {each.id: each.name for each in self.catalogue.providers}
        pool = Pool(credentials, names=names)
        reach = Reach(pool, credentials.secrets, self.transport, self.fetcher)
        reach_chat(self.router, reach, names)
        realtime_engines = reach_realtime(self.router, reach, names)
        sound = reach_sound(self.router, reach, names)
        closing.push_async_callback(sound.close)
        limiter = Limiter(MemoryWindows())
        passage = Passage(limiter, ledger)
        metered = MeteredFlow(self.router, passage, self.live)
        renderers = reach_videos(self.router, reach, names)
        videos = await self._open_videos(metered, VideoTasks(database, writer), renderers)
        closing.push_async_callback(videos.stop)
        log.info("gateway %s opened its books, process %d", self.instance, os.getpid())
        _leave_to_rest()
        return Books(
            database=database,
            writer=writer,
            keys=keys,
            accounts=accounts,
            ledger=ledger,
            limiter=limiter,
            usage=UsageRows(database),
            totals=UsageTotals(database),
            pages=Pages(database),
            credentials=credentials,
            pool=pool,
            reach=reach,
            chat=ChatFlow(self.router, passage, self.live),
            metered=metered,
            realtime=RealtimeFlow(metered, keys, realtime_engines),
            videos=videos,
            speech=SpeechFlow(metered, sound.speech),
            transcription=TranscriptionFlow(metered, sound.transcription),
            closing=closing,
        )

    async def _open_videos(
        self, metered: MeteredFlow, tasks: VideoTasks, engines: Mapping[str, VideoEngine]
    ) -> VideoFlow:
        """Go on with what is unfinished."""
        from miavo_gateway.flow.videos.flow import VideoFlow
        from miavo_gateway.flow.videos.shelf import Shelf

        videos = VideoFlow(metered, tasks, Shelf(self.home.media), engines, self.fetcher)
        await videos.resume()
        if self.settings.video_days is not None:
            videos.keep_for(self.settings.video_days)
        return videos

    async def transport(self) -> Transport:
        """The one client for all upstreams; made on first need, as httpx is slow to import."""
        if self._transport is None:
            module = await asyncio.to_thread(
                importlib.import_module, "miavo_gateway.upstream.transport"
            )
            if self._transport is None:
                self._transport = module.Transport()
        return self._transport

    async def fetcher(self) -> Fetcher:
        """What fetches links; made on first need, as the transport."""
        if self._fetcher is None:
            module = await asyncio.to_thread(
                importlib.import_module, "miavo_gateway.upstream.fetching.fetcher"
            )
            if self._fetcher is None:
                self._fetcher = module.Fetcher()
        return self._fetcher


@functools.cache
def _leave_to_rest() -> None:
    """Spare the garbage collector what stays for good: some half a million objects of modules.

    It looked through them again and again under load, a sixth of all the time spent. Once a
    process, whose gateway may not be its first.
    """
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def _import_books() -> None:
    """Import in a thread what is slow to import, so that the loop goes on answering."""
    import aiosqlite
    import sqlalchemy.ext.asyncio
    import sqlmodel

    import miavo_gateway.engines
    import miavo_gateway.flow.realtime
    from miavo_gateway.providers.realtime.registry import REALTIME_PROVIDERS, realtime_adapter

    for provider in REALTIME_PROVIDERS:
        realtime_adapter(provider)
    _ = (aiosqlite, sqlalchemy.ext.asyncio, sqlmodel, miavo_gateway)
