"""What every route takes and gives: the part of the description that no signature tells.

To describe a new route:

1. Give its view a docstring: the first line is the summary, the rest the description.
2. Add a row to `OPERATIONS` under its method and path, the path as OpenAPI writes it. What goes
   with its access, body, query and path (401, 400, 413, 404) comes by itself; `errors` names the
   others that it can end with. `PAID` are those of a request that costs money.
3. Name a new parameter of a path or query in `parameters.py`.

A form takes `body_type=FORM` and a schema of its fields; a file is a field of `bytes`. An answer of
another media type is described in words, with `media_type`. A WebSocket is a GET whose `status` is
101 and whose `media_type` is empty. Tests hold this to the routes, and the routes to this: a route
that is missing here fails, and so does an answer that is not as described (`test_document.py`,
`test_schemathesis.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel

from miavo_gateway.errors import (
    BodyTooLarge,
    BudgetExhausted,
    InvalidRequest,
    MiavoError,
    ModelNotAllowed,
    NotFound,
    NotImplementedYet,
    NoUpstream,
    RateLimitExceeded,
    UpstreamError,
)
from miavo_gateway.schema import (
    accounts,
    admin,
    audio,
    chat,
    credentials,
    health,
    images,
    logs,
    models,
    settings,
    totals,
    videos,
)

__all__ = [
    "BODY_ERRORS",
    "FORM",
    "JSON",
    "OPERATIONS",
    "PAID",
    "PATH_ERRORS",
    "QUERY_ERRORS",
    "Access",
    "Operation",
]

JSON = "application/json"
FORM = "multipart/form-data"


class Access(Enum):
    """Who may call a route."""

    ANYBODY = "anybody"
    KEY = "key"
    """Who has a key of this gateway."""
    ADMIN = "admin"
    """Who has the token from the file `admin-token`."""
    KEY_OR_TOKEN = "key or token"
    """Who has the key, or the token that the address itself carries."""
    LOCAL_OR_ADMIN = "local or admin"
    """Who calls a loopback listener by a loopback name, or has the admin token."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    tag: str
    access: Access
    answer: type[BaseModel] | str | None
    """The JSON that it answers with, or what an answer of another media type is; None if there is
    no answer but an error yet."""
    status: int = 200
    media_type: str = JSON
    """That of an answer which is not JSON; several are parted by a comma and a space, and it is
    empty if there is no body."""
    or_else: tuple[type[BaseModel], ...] = ()
    """Other JSON that it may answer with."""
    body: type[BaseModel] | None = None
    body_type: str = JSON
    """The media type of the body."""
    query: tuple[str, ...] = ()
    """Names of `PARAMETERS`."""
    errors: tuple[type[MiavoError], ...] = ()
    """Beside those that its access, body, query and path bring along."""
    streamed: str | None = None
    """What the answer is as server-sent events, where it can be either."""


PAID: tuple[type[MiavoError], ...] = (
    BudgetExhausted,
    ModelNotAllowed,
    RateLimitExceeded,
    NotImplementedYet,
    UpstreamError,
    NoUpstream,
)
"""What a request that costs money can end with, beside what it shares with others."""

_PAGE = ("limit", "before")
_ENTRIES = ("account", "key_id", "kind", "text", "since", "until")
_ROWS = ("account", "key_id", "slug", "provider", "state", "status", "text", "since", "until")


def _admin(answer: type[BaseModel] | str, **more: object) -> Operation:
    return Operation("admin", Access.ADMIN, answer, **more)  # type: ignore[arg-type]


def _image(body_type: str) -> Operation:
    return Operation(
        "images",
        Access.KEY,
        None,
        body=images.ImageRequest,
        body_type=body_type,
        errors=(ModelNotAllowed, RateLimitExceeded, NotImplementedYet),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/v1/models"): Operation("models", Access.KEY, models.ModelList),
    ("GET", "/v1/models/{slug}"): Operation("models", Access.KEY, models.ModelView),
    ("POST", "/v1/chat/completions"): Operation(
        "chat",
        Access.KEY,
        chat.ChatCompletion,
        body=chat.ChatCompletionRequest,
        streamed="With `stream`: events whose data is a ChatCompletionChunk, then `[DONE]`. A "
        "stream that fails ends with an error event, and no `[DONE]`.",
        errors=PAID,
    ),
    ("GET", "/v1/realtime"): Operation(
        "realtime",
        Access.KEY,
        "The upgrade to a WebSocket.",
        status=101,
        media_type="",
        query=("model",),
        errors=(InvalidRequest, *PAID),
    ),
    ("POST", "/v1/audio/speech"): Operation(
        "audio",
        Access.KEY,
        "The sound, in the format asked for.",
        media_type="audio/mpeg, audio/ogg, audio/aac, audio/flac, audio/wav, audio/pcm",
        body=audio.SpeechRequest,
        streamed="With `stream_format` `sse`: events `speech.audio.delta` with base64 `audio`, "
        "then `speech.audio.done` with the tokens, where the provider counts any.",
        errors=PAID,
    ),
    ("POST", "/v1/audio/transcriptions"): Operation(
        "audio",
        Access.KEY,
        audio.TranscriptionText,
        media_type="application/json, text/plain, text/vtt",
        or_else=(audio.TranscriptionVerbose,),
        body=audio.TranscriptionForm,
        body_type=FORM,
        streamed="With `stream`: events `transcript.text.delta`, then `transcript.text.done`.",
        errors=PAID,
    ),
    ("POST", "/v1/audio/translations"): Operation(
        "audio", Access.KEY, None, errors=(NotImplementedYet,)
    ),
    ("POST", "/v1/images/generations"): _image(JSON),
    ("POST", "/v1/images/edits"): _image(FORM),
    ("POST", "/v1/images/variations"): _image(FORM),
    ("POST", "/v1/videos/generations"): Operation(
        "videos",
        Access.KEY,
        videos.VideoView,
        body=videos.VideoGenerationRequest,
        errors=PAID,
    ),
    ("GET", "/v1/videos/generations"): Operation(
        "videos", Access.KEY, videos.VideoList, query=("limit", "video_after")
    ),
    ("GET", "/v1/videos/generations/{task_id}"): Operation("videos", Access.KEY, videos.VideoView),
    ("DELETE", "/v1/videos/generations/{task_id}"): Operation(
        "videos", Access.KEY, videos.VideoGone
    ),
    ("GET", "/v1/videos/generations/{task_id}/content"): Operation(
        "videos",
        Access.KEY_OR_TOKEN,
        "The file, or the part of it that `range` asks for (206). Never changes: its `etag` is "
        "good for ever.",
        media_type="video/mp4",
    ),
    ("GET", "/healthz"): Operation("gateway", Access.ANYBODY, health.LivenessView),
    ("GET", "/metrics"): Operation(
        "gateway",
        Access.LOCAL_OR_ADMIN,
        "Numbers in the text format of Prometheus, or as OpenMetrics if `accept` asks for it.",
        media_type="text/plain",
    ),
    ("GET", "/openapi.json"): Operation("gateway", Access.ANYBODY, "This description."),
    ("GET", "/docs"): Operation("gateway", Access.ANYBODY, "A page.", media_type="text/html"),
    ("GET", "/docs/api"): Operation("gateway", Access.ANYBODY, "A page.", media_type="text/html"),
    ("GET", "/docs/assets/{name}"): Operation(
        "gateway",
        Access.ANYBODY,
        "The file.",
        media_type="text/css, text/javascript, image/svg+xml",
    ),
    ("GET", "/admin/v1/gateway"): _admin(admin.GatewayView),
    ("GET", "/admin/v1/health"): _admin(health.HealthView),
    ("GET", "/admin/v1/settings"): _admin(settings.SettingsView),
    ("PATCH", "/admin/v1/settings"): _admin(settings.SettingsView, body=settings.SettingsUpdate),
    ("GET", "/admin/v1/catalogue"): _admin(models.CatalogueList, query=("hidden",)),
    ("GET", "/admin/v1/catalogue/{slug}/examples"): _admin(
        models.ExamplesView, errors=(InvalidRequest,)
    ),
    ("GET", "/admin/v1/accounts"): _admin(accounts.AccountList),
    ("POST", "/admin/v1/accounts"): _admin(
        accounts.AccountView, status=201, body=accounts.AccountCreate
    ),
    ("GET", "/admin/v1/accounts/{account}"): _admin(accounts.AccountView),
    ("PATCH", "/admin/v1/accounts/{account}"): _admin(
        accounts.AccountView, body=accounts.AccountUpdate
    ),
    ("GET", "/admin/v1/keys"): _admin(admin.KeyList, query=("account",)),
    ("POST", "/admin/v1/keys"): _admin(admin.NewKeyView, status=201, body=admin.KeyCreate),
    ("GET", "/admin/v1/keys/{key_id}"): _admin(admin.KeyView),
    ("PATCH", "/admin/v1/keys/{key_id}"): _admin(admin.KeyView, body=admin.KeyUpdate),
    ("DELETE", "/admin/v1/keys/{key_id}"): _admin(admin.KeyView),
    ("POST", "/admin/v1/keys/{key_id}/restore"): _admin(admin.KeyView, errors=(InvalidRequest,)),
    ("POST", "/admin/v1/keys/{key_id}/rotate"): _admin(admin.NewKeyView, body=admin.KeyRotate),
    ("GET", "/admin/v1/credentials"): _admin(credentials.CredentialList),
    ("POST", "/admin/v1/credentials"): _admin(
        credentials.CredentialView, status=201, body=credentials.CredentialCreate
    ),
    ("PATCH", "/admin/v1/credentials/{credential_id}"): _admin(
        credentials.CredentialView, body=credentials.CredentialUpdate
    ),
    ("DELETE", "/admin/v1/credentials/{credential_id}"): _admin(
        credentials.CredentialView, errors=(InvalidRequest,)
    ),
    ("POST", "/admin/v1/credentials/{credential_id}/disable"): _admin(
        credentials.CredentialView, errors=(InvalidRequest,)
    ),
    ("POST", "/admin/v1/credentials/{credential_id}/enable"): _admin(
        credentials.CredentialView, errors=(InvalidRequest,)
    ),
    ("POST", "/admin/v1/credentials/{credential_id}/test"): _admin(
        credentials.CredentialTest, errors=(InvalidRequest,)
    ),
    ("GET", "/admin/v1/credit"): _admin(admin.BalanceView, query=("account",)),
    ("POST", "/admin/v1/credit"): _admin(admin.BalanceView, status=201, body=admin.CreditAdd),
    ("GET", "/admin/v1/ledger"): _admin(admin.EntryPage, query=(*_PAGE, "after", *_ENTRIES)),
    ("GET", "/admin/v1/ledger/extent"): _admin(admin.EntryExtent, query=_ENTRIES),
    ("GET", "/admin/v1/usage"): _admin(admin.UsagePage, query=(*_PAGE, "after", *_ROWS)),
    ("GET", "/admin/v1/usage/extent"): _admin(admin.UsageExtent, query=_ROWS),
    ("GET", "/admin/v1/usage/{request_id}"): _admin(admin.UsageView),
    ("GET", "/admin/v1/usage/totals"): _admin(
        totals.TotalsList, query=("by", "percentiles", *_ROWS)
    ),
    ("GET", "/admin/v1/usage/buckets"): _admin(
        totals.BucketList, query=("seconds", "percentiles", *_ROWS)
    ),
    ("GET", "/admin/v1/pulse"): _admin(logs.PulseView),
    ("GET", "/admin/v1/logs"): _admin(logs.LogPageView, query=("limit", "log_before", "level")),
    ("GET", "/admin/v1/logs/live"): _admin(
        "The log as it is written, as server-sent events, until the caller hangs up.",
        media_type="text/event-stream",
        query=("log_after", "level"),
    ),
    ("GET", "/admin/v1/videos"): _admin(
        videos.AdminVideoPage,
        query=(*_PAGE, "account", "key_id", "slug", "provider", "video_status"),
    ),
    ("GET", "/admin/v1/videos/{task_id}"): _admin(videos.AdminVideoView),
    ("DELETE", "/admin/v1/videos/{task_id}"): _admin(videos.AdminVideoGone),
    ("GET", "/admin/v1/videos/{task_id}/file"): _admin(
        "The file, or the part of it that `range` asks for (206).", media_type="video/mp4"
    ),
    ("GET", "/admin/v1/events"): _admin(
        "Server-sent events, until the caller hangs up.", media_type="text/event-stream"
    ),
}
"""By method and path, the path as OpenAPI writes it."""

BODY_ERRORS: tuple[type[MiavoError], ...] = (InvalidRequest, BodyTooLarge)
"""What reading a body can end with."""
QUERY_ERRORS: tuple[type[MiavoError], ...] = (InvalidRequest,)
"""What reading a query can end with."""
PATH_ERRORS: tuple[type[MiavoError], ...] = (NotFound,)
"""What looking up what a path names can end with."""
