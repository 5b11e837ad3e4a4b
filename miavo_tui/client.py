"""The app's only door to a gateway: its HTTP API, typed.

httpx and its transport are imported on the first call, off the event loop, so that importing this
module is cheap and the first frame does not wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

from miavo_tui.account_records import AccountRow
from miavo_tui.chat_stream import (
    ChatStream,
    Finished,
    LoadingNotice,
    Part,
    ReasoningDelta,
    TextDelta,
    ToolCallPiece,
    refusal,
)
from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.json_fields import JsonObject, UnexpectedShape, objects
from miavo_tui.key_records import KeyRow, NewKey
from miavo_tui.model_card import Lifecycle, ModelCard, Prices, models_from_json
from miavo_tui.money_records import Balance, LedgerPage, LedgerRow
from miavo_tui.records import (
    EngineState,
    Examples,
    GatewayStatus,
    UsagePage,
    UsageRow,
)

if TYPE_CHECKING:
    import httpx

__all__ = [
    "Balance",
    "ChatStream",
    "EngineState",
    "Examples",
    "Finished",
    "GatewayClient",
    "GatewayRefused",
    "GatewayStatus",
    "GatewayUnreachable",
    "KeyRow",
    "LedgerPage",
    "LedgerRow",
    "Lifecycle",
    "LoadingNotice",
    "ModelCard",
    "NewKey",
    "Part",
    "Prices",
    "ReasoningDelta",
    "TextDelta",
    "ToolCallPiece",
    "UsagePage",
    "UsageRow",
]

T = TypeVar("T")

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0


class GatewayClient:
    """Calls one gateway. Every call raises `GatewayUnreachable` and `GatewayRefused`.

    Attributes:
        url: the gateway's address, such as `http://127.0.0.1:6428`.
        api_key: the `sk-maas-` key that chat calls carry; None until the app has one.
    """

    def __init__(self, url: str, admin_token: str) -> None:
        self.url = url.rstrip("/")
        self.api_key: str | None = None
        self._admin_token = admin_token
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def gateway(self) -> GatewayStatus:
        """The gateway's state, engines included."""
        return _read(GatewayStatus.from_json, await self._admin("GET", "gateway"))

    async def catalogue(self) -> tuple[ModelCard, ...]:
        """Every model, in the catalogue's order."""
        return self.read_catalogue(await self.catalogue_json())

    async def catalogue_json(self) -> JsonObject:
        """The catalogue as it was sent, to be kept for the next start."""
        return await self._admin("GET", "catalogue")

    @staticmethod
    def read_catalogue(answer: JsonObject) -> tuple[ModelCard, ...]:
        """The models in an answer of `catalogue_json`."""
        return _read(models_from_json, answer)

    async def examples(self, slug: str) -> Examples:
        """Code that calls `slug` on this gateway."""
        path = f"catalogue/{quote(slug, safe='')}/examples"
        return _read(Examples.from_json, await self._admin("GET", path))

    async def create_key(self, name: str, terms: Mapping[str, object] | None = None) -> NewKey:
        """Makes a key. Its secret is in this answer and nowhere else.

        Args:
            name: what a person knows it by.
            terms: what it may do, in the admin API's fields; the plan's defaults if not given.
        """
        body = {**(terms or {}), "name": name}
        return _read(NewKey.from_json, await self._admin("POST", "keys", body))

    async def update_key(self, key_id: str, changes: Mapping[str, object]) -> KeyRow:
        """Changes a key's name or terms; what is not among the changes stays as it is."""
        path = f"keys/{quote(key_id, safe='')}"
        return _read(KeyRow.from_json, await self._admin("PATCH", path, dict(changes)))

    async def rotate_key(self, key_id: str, *, grace_seconds: int) -> NewKey:
        """Gives a key a new secret; the old one is taken for the grace period more."""
        path = f"keys/{quote(key_id, safe='')}/rotate"
        body: dict[str, object] = {"grace_seconds": grace_seconds}
        return _read(NewKey.from_json, await self._admin("POST", path, body))

    async def keys(self, account: str | None = None) -> tuple[KeyRow, ...]:
        """Every key, or those of one account, revoked ones included."""
        answer = await self._admin("GET", f"keys{_query(account=account)}")
        return _read(lambda data: tuple(map(KeyRow.from_json, objects(data, "data"))), answer)

    async def revoke_key(self, key_id: str) -> KeyRow:
        """Revokes a key for good."""
        path = f"keys/{quote(key_id, safe='')}"
        return _read(KeyRow.from_json, await self._admin("DELETE", path))

    async def credentials(self) -> tuple[CredentialRow, ...]:
        """The pool."""
        answer = await self._admin("GET", "credentials")
        return _read(
            lambda data: tuple(map(CredentialRow.from_json, objects(data, "data"))), answer
        )

    async def add_credential(
        self,
        provider: str,
        secret: str | None,
        *,
        label: str | None,
        base_url: str | None,
        weight: int,
        sandbox: dict[str, object] | None = None,
    ) -> CredentialRow:
        """Adds a credential; the gateway puts its secret into the keyring.

        With `sandbox`, its terms, in place of a secret, the provider is simulated.
        """
        body: dict[str, object] = {
            "provider": provider,
            "secret": secret,
            "sandbox": sandbox,
            "label": label,
            "base_url": base_url,
            "weight": weight,
        }
        return _read(CredentialRow.from_json, await self._admin("POST", "credentials", body))

    async def remove_credential(self, credential_id: str) -> CredentialRow:
        """Removes a credential and its secret."""
        path = f"credentials/{quote(credential_id, safe='')}"
        return _read(CredentialRow.from_json, await self._admin("DELETE", path))

    async def test_credential(self, credential_id: str) -> CredentialTrial:
        """Tries a credential with its provider's cheapest call."""
        path = f"credentials/{quote(credential_id, safe='')}/test"
        return _read(CredentialTrial.from_json, await self._admin("POST", path))

    async def update_credential(
        self, credential_id: str, changes: Mapping[str, object]
    ) -> CredentialRow:
        """Changes a credential's `label`, `weight` or `base_url`; the rest stays as it is."""
        path = f"credentials/{quote(credential_id, safe='')}"
        return _read(CredentialRow.from_json, await self._admin("PATCH", path, dict(changes)))

    async def accounts(self) -> tuple[AccountRow, ...]:
        """Every account, the oldest first."""
        answer = await self._admin("GET", "accounts")
        return _read(lambda data: tuple(map(AccountRow.from_json, objects(data, "data"))), answer)

    async def account(self, given: str) -> AccountRow:
        """One account, by its id or name."""
        path = f"accounts/{quote(given, safe='')}"
        return _read(AccountRow.from_json, await self._admin("GET", path))

    async def create_account(self, name: str, plan: str | None = None) -> AccountRow:
        """Makes an account, on the gateway's default plan if none is said."""
        body: dict[str, object] = {"name": name}
        if plan is not None:
            body["plan"] = plan
        return _read(AccountRow.from_json, await self._admin("POST", "accounts", body))

    async def update_account(self, given: str, changes: Mapping[str, object]) -> AccountRow:
        """Changes the `name` or `plan` of the account with this id or name."""
        path = f"accounts/{quote(given, safe='')}"
        return _read(AccountRow.from_json, await self._admin("PATCH", path, dict(changes)))

    async def balance(self, account: str | None = None) -> Balance:
        """What an account can spend, and what its requests in flight hold."""
        query = f"credit{_query(account=account)}"
        return _read(Balance.from_json, await self._admin("GET", query))

    async def add_credit(
        self, amount_usd: Decimal, note: str | None = None, account: str | None = None
    ) -> Balance:
        """Adds credit; the balance after it."""
        body: dict[str, object] = {
            "amount_usd": str(amount_usd),
            "note": note,
            "account": account,
        }
        return _read(Balance.from_json, await self._admin("POST", "credit", body))

    async def ledger(
        self, *, limit: int = 50, before: int | None = None, account: str | None = None
    ) -> LedgerPage:
        """At most `limit` entries of the ledger older than the entry `before`, newest first."""
        query = f"ledger{_query(limit=limit, before=before, account=account)}"
        return _read(LedgerPage.from_json, await self._admin("GET", query))

    async def usage(self, *, limit: int = 50, before: int | None = None) -> UsagePage:
        """At most `limit` usage rows older than the row `before`, newest first."""
        query = f"usage{_query(limit=limit, before=before)}"
        return _read(UsagePage.from_json, await self._admin("GET", query))

    async def usage_of(self, request_id: str) -> UsageRow:
        """The usage row of one request."""
        path = f"usage/{quote(request_id, safe='')}"
        return _read(UsageRow.from_json, await self._admin("GET", path))

    def chat(self, body: dict[str, object]) -> ChatStream:
        """Starts a streamed chat completion; nothing is sent before the stream is entered.

        Args:
            body: a chat completions request; `stream` is set here.
        """
        return ChatStream(self._open_chat({**body, "stream": True}))

    async def close(self) -> None:
        """Closes every connection. The client may not be used afterwards."""
        if self._http is not None:
            await self._http.aclose()

    @asynccontextmanager
    async def _open_chat(self, body: dict[str, object]) -> AsyncIterator[httpx.Response]:
        http = await self._client()
        import httpx

        request = http.build_request(
            "POST",
            "/v1/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {self.api_key or ''}"},
            # A model may think for minutes before its first word; the reader decides how long.
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        )
        try:
            response = await http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        try:
            if response.status_code != 200:
                try:
                    await response.aread()
                except httpx.HTTPError as error:
                    raise self._unreachable(error) from error
                raise _refused(response)
            yield response
        finally:
            await response.aclose()

    async def _admin(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> JsonObject:
        http = await self._client()
        import httpx

        try:
            response = await http.request(
                method,
                f"/admin/v1/{path}",
                json=body,
                headers={"authorization": f"Bearer {self._admin_token}"},
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if not response.is_success:
            raise _refused(response)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise refusal(None, status=response.status_code)
        return answer

    async def _client(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._http is None:
                make = await asyncio.to_thread(_import_transport)
                self._http = make(self.url)
            return self._http

    def _unreachable(self, error: Exception) -> GatewayUnreachable:
        import httpx

        if isinstance(error, httpx.ReadTimeout):
            return GatewayUnreachable(f"The gateway at {self.url} took too long to answer.")
        return GatewayUnreachable(f"No gateway answers at {self.url}.")


def _import_transport() -> Callable[[str], httpx.AsyncClient]:
    import httpx
    from httpx_aiohttp import HttpxAiohttpClient

    def make(url: str) -> httpx.AsyncClient:
        return HttpxAiohttpClient(
            base_url=url,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            # The proxies of the environment are for the outer world, and a redirect would carry
            # the bearer token to an address nobody chose.
            trust_env=False,
            follow_redirects=False,
            # Loading the certificate store takes tens of milliseconds that plain HTTP never needs.
            verify=url.startswith("https:"),
        )

    return make


def _read(read: Callable[[JsonObject], T], answer: JsonObject) -> T:
    try:
        return read(answer)
    except UnexpectedShape as error:
        raise GatewayRefused(
            200, "unexpected_answer", f"The gateway's answer cannot be read: {error}."
        ) from error


def _query(**said: object) -> str:
    """A query string of what is said; empty if nothing is."""
    given = {name: value for name, value in said.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def _json(response: httpx.Response) -> object:
    try:
        answer: object = response.json()
    except ValueError:
        return None
    return answer


def _refused(response: httpx.Response) -> GatewayRefused:
    answer = _json(response)
    try:
        retry_after = float(response.headers["retry-after"])
    except (KeyError, ValueError):
        retry_after = None
    return refusal(
        answer.get("error") if isinstance(answer, dict) else None,
        status=response.status_code,
        request_id=response.headers.get("x-request-id"),
        retry_after=retry_after,
    )
