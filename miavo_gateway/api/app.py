"""The HTTP application: its endpoints, its errors, and what every answer carries."""

from __future__ import annotations

from quart import Quart, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, RequestTimeout
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from miavo_gateway import __version__
from miavo_gateway.api import (
    admin,
    audio,
    docs,
    images,
    metrics,
    models,
    openapi,
    realtime,
    videos,
)
from miavo_gateway.api.chat import CHAT_PATH, answer_chat
from miavo_gateway.api.sockets import with_sockets
from miavo_gateway.api.stamp import stamped
from miavo_gateway.api.wire import BODY_SECONDS, body_too_large, body_too_late, json_answer
from miavo_gateway.errors import (
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    MiavoError,
    NotFound,
)
from miavo_gateway.flow.ending import public_error
from miavo_gateway.gateway import Gateway
from miavo_gateway.observe.access_line import current_line

__all__ = ["create_app"]


def create_app(gateway: Gateway) -> Quart:
    """The application of a gateway."""
    app = Quart("miavo_gateway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = gateway.settings.max_body_bytes
    app.config["BODY_TIMEOUT"] = BODY_SECONDS
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["gateway"] = gateway
    app.register_blueprint(models.blueprint)
    app.register_blueprint(realtime.blueprint)
    app.register_blueprint(images.blueprint)
    app.register_blueprint(videos.blueprint)
    app.register_blueprint(audio.blueprint)
    app.register_blueprint(admin.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_blueprint(docs.blueprint)
    # Its POST is answered before it comes here; the rule describes it and refuses other methods.
    app.add_url_rule(
        CHAT_PATH,
        endpoint="create_chat_completion",
        view_func=answer_chat,  # type: ignore[arg-type]
        methods=["POST"],
    )
    app.add_url_rule("/healthz", view_func=_healthz)
    app.before_request(_name_request)
    app.register_error_handler(MiavoError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_fault)
    sockets = {realtime.PATH: realtime.realtime_socket(gateway)}
    app.asgi_app = stamped(with_sockets(app.asgi_app, sockets), gateway)  # type: ignore[method-assign, assignment]
    return app


async def _healthz() -> Response:
    """Whether the gateway runs, and which start of it."""
    gateway: Gateway = current_app.extensions["gateway"]
    return json_answer(
        {
            "status": "ok" if gateway.ready else "starting",
            "version": __version__,
            "instance": gateway.instance,
        }
    )


async def _name_request() -> None:
    line = current_line()
    assert line is not None, "every request is stamped"
    g.request_id = line.request_id
    if request.url_rule is not None:
        line.route = request.url_rule.rule


async def _answer_error(error: MiavoError) -> Response:
    if (line := current_line()) is not None:
        line.error_code = error.code
    return json_answer(error.body(), error.status, error.headers())


async def _answer_http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        most = current_app.config["MAX_CONTENT_LENGTH"]
        return await _answer_error(body_too_large(most))
    if isinstance(error, RequestTimeout):
        return await _answer_error(body_too_late())
    if isinstance(error, WrongMethod):
        allowed = tuple(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
        return await _answer_error(
            MethodNotAllowed(
                f"{request.path} does not take {request.method}, but {' or '.join(allowed)}.",
                allowed=allowed,
            )
        )
    if error.code == NotFound.status:
        return await _answer_error(NotFound(f"There is nothing at {request.path[:200]}."))
    if error.code is not None and error.code < InternalError.status:
        return await _answer_error(InvalidRequest(error.description or error.name))
    return await _answer_fault(error)


async def _answer_fault(error: Exception) -> Response:
    return await _answer_error(public_error(error, g.request_id))
