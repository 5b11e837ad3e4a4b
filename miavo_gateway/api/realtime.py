"""`GET /v1/realtime`: a WebSocket in OpenAI's realtime event language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from quart import Blueprint, Response

from miavo_gateway.api.access import admit, require_key
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.observe.access_line import current_line

if TYPE_CHECKING:
    from miavo_gateway.api.sockets import Socket
    from miavo_gateway.gateway import Gateway

__all__ = ["PATH", "blueprint", "realtime_socket"]

PATH = "/v1/realtime"
_KEY_PREFIX = "openai-insecure-api-key."
_BETA = "realtime=v1"

blueprint = Blueprint("realtime", __name__)


@blueprint.get(PATH)
async def open_realtime_session() -> Response:
    """A realtime session: upgrade to a WebSocket.

    Events go both ways as JSON, in OpenAI's language as of its general release, whatever provider
    answers. `model` in the query names the slug. The key comes as a bearer key or, where no header
    can be set, as the subprotocol `openai-insecure-api-key.sk-maas-…` beside `realtime`. What is
    refused before the upgrade is answered with its HTTP status; afterwards an `error` event tells,
    and the socket is closed if the session is over.
    """
    await require_key()
    raise InvalidRequest("This is a WebSocket: send an upgrade, as a realtime client does.")


def realtime_socket(gateway: Gateway) -> Callable[[Socket], Awaitable[None]]:
    """What serves the sockets."""

    async def serve(socket: Socket) -> None:
        books = await gateway.books()
        line = current_line()
        assert line is not None, "every upgrade is stamped"
        key = admit(books, line, _authorization(socket))
        slug = _slug(socket)
        await books.realtime.serve(socket, books.realtime.model(slug), key, line.request_id)

    return serve


def _authorization(socket: Socket) -> str | None:
    """The header, or what stands in for it where a browser connects."""
    given = socket.header("authorization")
    if given is not None:
        return given
    keys = (each for each in socket.subprotocols if each.startswith(_KEY_PREFIX))
    key = next(keys, None)
    return None if key is None else f"Bearer {key.removeprefix(_KEY_PREFIX)}"


def _slug(socket: Socket) -> str:
    """The model that the address names.

    Raises:
        InvalidRequest: it names none, or asks for another kind of session.
    """
    if _BETA in (socket.header("openai-beta") or "") or any(
        each.startswith("openai-beta.realtime-v1") for each in socket.subprotocols
    ):
        raise InvalidRequest(
            "The events here are those of the Realtime API's general release: leave out what asks "
            "for the beta's.",
            param="OpenAI-Beta",
        )
    query = parse_qs(socket.query.decode("latin-1"))
    for name in ("call_id", "intent"):
        if name in query:
            raise InvalidRequest(
                f"'{name}' is not offered here: a session is opened with 'model' alone.", param=name
            )
    model = query.get("model", [""])[0]
    if not model:
        raise InvalidRequest("The address names no model: add '?model=…'.", param="model")
    return model
