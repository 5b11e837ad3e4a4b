"""One gateway, as the app and the commands see it."""

from __future__ import annotations

from miavo_tui.chat_stream import ChatStream
from miavo_tui.client.accounts import Accounts
from miavo_tui.client.catalogue import CatalogueReader
from miavo_tui.client.connection import Connection, read_answer
from miavo_tui.client.credentials import Credentials
from miavo_tui.client.credit import Credit
from miavo_tui.client.keys import Keys
from miavo_tui.client.operation import Operation
from miavo_tui.client.sound import Sound
from miavo_tui.client.usage import UsageRecords
from miavo_tui.client.videos import Videos
from miavo_tui.records import GatewayStatus

__all__ = ["GatewayClient"]


class GatewayClient:
    """Calls one gateway. Every call raises `GatewayUnreachable` and `GatewayRefused`.

    Attributes:
        connection: the HTTP under it.
        catalogue: the models.
        keys: keys of other programs.
        accounts: who pays.
        credit: balances and the ledger.
        usage: the requests on record.
        credentials: the pool.
        operation: how the gateway runs.
        sound: speech and transcription.
        videos: the app's own video tasks.
    """

    def __init__(self, url: str, admin_token: str, *, read_only: bool = False) -> None:
        """A client; nothing is connected before the first call.

        Args:
            url: the gateway's address.
            admin_token: what its admin API asks for.
            read_only: refuse every call that changes something, before it is sent.
        """
        self.connection = Connection(url, admin_token, read_only=read_only)
        self.catalogue = CatalogueReader(self.connection)
        self.keys = Keys(self.connection)
        self.accounts = Accounts(self.connection)
        self.credit = Credit(self.connection)
        self.usage = UsageRecords(self.connection)
        self.credentials = Credentials(self.connection)
        self.operation = Operation(self.connection)
        self.sound = Sound(self.connection)
        self.videos = Videos(self.connection)

    @property
    def url(self) -> str:
        """The gateway's address, such as `http://127.0.0.1:6428`."""
        return self.connection.url

    @property
    def api_key(self) -> str | None:
        """The `sk-maas-` key that calls of models carry; None until the app has one."""
        return self.connection.api_key

    @api_key.setter
    def api_key(self, key: str | None) -> None:
        self.connection.api_key = key

    async def gateway(self) -> GatewayStatus:
        """The gateway's state, engines included."""
        return read_answer(GatewayStatus.from_json, await self.connection.admin("GET", "gateway"))

    def chat(self, body: dict[str, object]) -> ChatStream:
        """Starts a streamed chat completion; nothing is sent before the stream is entered.

        Args:
            body: a chat completions request; `stream` is set here.
        """
        return ChatStream(self.connection.open_chat({**body, "stream": True}))

    async def close(self) -> None:
        """Closes every connection. The client may not be used afterwards."""
        await self.connection.close()
