"""The HTTP under the client: one pooled connection to one gateway.

httpx and its transport are imported on the first call, off the event loop, so that importing this
module is cheap and the first frame does not wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from miavo_tui.chat_stream import refusal
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable, read_only_refusal
from miavo_tui.json_fields import JsonObject, UnexpectedShape, objects
from miavo_tui.sse import Event, EventParser

if TYPE_CHECKING:
    import httpx

__all__ = ["LISTENING", "Connection", "query_of", "read_answer", "read_rows"]

T = TypeVar("T")

LISTENING = "listening"
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SILENT_SECONDS = 40.0


class Connection:
    """Calls one gateway. Every call raises `GatewayUnreachable` and `GatewayRefused`.

    Attributes:
        url: the gateway's address, such as `http://127.0.0.1:6428`.
        api_key: the `sk-maas-` key that calls of models carry; None until the app has one.
        read_only: whether calls that change something, or cost something, are refused unsent.
    """

    def __init__(self, url: str, admin_token: str, *, read_only: bool = False) -> None:
        self.url = url.rstrip("/")
        self.read_only = read_only
        self.api_key: str | None = None
        self._admin_token = admin_token
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def open_chat(self, body: dict[str, object]) -> AsyncIterator[httpx.Response]:
        """The answer to a chat completion, once its head says that it is one."""
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

    async def admin(
        self,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        *,
        seconds: float | None = None,
    ) -> JsonObject:
        """Call the admin API, below `/admin/v1/`; the decoded answer.

        Args:
            method: the HTTP method.
            path: below `/admin/v1/`, with its query.
            body: sent as JSON.
            seconds: how long it may take, where that is longer than usual.
        """
        http = await self._client()
        import httpx

        try:
            response = await http.request(
                method,
                f"/admin/v1/{path}",
                json=body,
                headers={"authorization": f"Bearer {self._admin_token}"},
                timeout=httpx.Timeout(seconds or _ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if not response.is_success:
            raise _refused(response)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise refusal(None, status=response.status_code)
        return answer

    async def admin_events(self, path: str) -> AsyncGenerator[Event, None]:
        """Server-sent events of the admin API, until the gateway ends them.

        The first is named `LISTENING`: from then on nothing is missed.

        Close the generator (`aclosing`) to hang up.
        """
        http = await self._client()
        import httpx

        request = http.build_request(
            "GET",
            f"/admin/v1/{path}",
            headers={"authorization": f"Bearer {self._admin_token}"},
            # A comment comes every fifteen seconds, so a longer silence is a dead connection.
            timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS),
        )
        response: httpx.Response | None = None
        try:
            response = await http.send(request, stream=True)
            if response.status_code != 200:
                await response.aread()
                raise _refused(response)
            yield Event("", LISTENING)
            parser = EventParser()
            async for chunk in response.aiter_bytes():
                for item in parser.feed(chunk):
                    if isinstance(item, Event):
                        yield item
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        finally:
            if response is not None:
                await response.aclose()

    async def call(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        *,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> httpx.Response:
        """Call a public endpoint with the app's key; the whole answer.

        Args:
            method: the HTTP method.
            path: from the root, such as `/v1/models`.
            body: sent as JSON.
            form: the fields of a multipart form, in place of a body.
            file: with them, a file's name and content, as the field `file`.
        """
        http = await self._client()
        import httpx

        try:
            response = await http.request(
                method,
                path,
                json=body,
                data=form,
                files=None if file is None else {"file": file},
                headers={"authorization": f"Bearer {self.api_key or ''}"},
                timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if not response.is_success:
            raise _refused(response)
        return response

    async def call_json(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        """As `call`, for an answer that is a JSON object."""
        response = await self.call(method, path, body)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise refusal(None, status=response.status_code)
        return answer

    async def fetch(self, method: str, path: str, to: Path, body: JsonObject | None = None) -> None:
        """Call a public endpoint and write what it answers to a file, as it comes.

        The file is whole or absent.

        Raises:
            OSError: the file cannot be written.
        """
        http = await self._client()
        import httpx

        request = http.build_request(
            method,
            path,
            json=body,
            headers={"authorization": f"Bearer {self.api_key or ''}"},
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        )
        partial = to.with_name(f".{to.name}.part")
        try:
            response = await http.send(request, stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    raise _refused(response)
                with await asyncio.to_thread(partial.open, "wb") as sink:
                    async for piece in response.aiter_bytes():
                        await asyncio.to_thread(sink.write, piece)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        else:
            await asyncio.to_thread(partial.replace, to)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)

    async def close(self) -> None:
        """Closes every connection. The client may not be used afterwards."""
        if self._http is not None:
            await self._http.aclose()

    async def _client(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._http is None:
                make = await asyncio.to_thread(_import_transport)
                self._http = make(self.url)
                if self.read_only:
                    # Beneath every call there is, and every one to come.
                    self._http.event_hooks = {"request": [_refuse_change]}
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


async def _refuse_change(request: httpx.Request) -> None:
    if request.method not in _READING:
        raise read_only_refusal()


def read_answer(read: Callable[[JsonObject], T], answer: JsonObject) -> T:
    """An answer as a record; `GatewayRefused` if it has another shape."""
    try:
        return read(answer)
    except UnexpectedShape as error:
        raise GatewayRefused(
            200, "unexpected_answer", f"The gateway's answer cannot be read: {error}."
        ) from error


def read_rows(
    read: Callable[[JsonObject], T], answer: JsonObject, name: str = "data"
) -> tuple[T, ...]:
    """The objects of an answer's list as records; `GatewayRefused` if one has another shape.

    Args:
        read: makes a record of an object.
        answer: what the gateway sent.
        name: the field that holds the list.
    """
    return read_answer(lambda data: tuple(map(read, objects(data, name))), answer)


def query_of(**said: object) -> str:
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
