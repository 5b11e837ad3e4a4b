"""`/admin/v1/usage/totals` and `/admin/v1/usage/buckets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quart import Blueprint, Response, request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.money import to_usd
from miavo_gateway.api.admin.paging import moment
from miavo_gateway.api.admin.usage_query import rows_asked_for
from miavo_gateway.api.wire import json_answer
from miavo_gateway.clock import iso, now_us
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.totals import (
    BucketList,
    BucketView,
    GroupView,
    LatencyView,
    TotalsList,
)

if TYPE_CHECKING:
    from miavo_gateway.flow.totals import Percentiles, Totals
    from miavo_gateway.flow.usage_filter import UsageFilter
    from miavo_gateway.gateway import Books

__all__ = ["blueprint"]

blueprint = Blueprint("admin_totals", __name__, url_prefix="/usage")

_SECOND = 1_000_000
_DEFAULT_SPANS = 60
_MOST_SPANS = 1_500
_LONGEST_SPAN = 31 * 86_400


@blueprint.get("/totals")
async def show_totals() -> Response:
    """Requests in sum, `by` model, key, provider or state; all together if that is not said.

    Filtered as the pages of usage. With `percentiles=false` the latencies are null, which is many
    times as quick over a million rows; with `percentiles=sampled` they are those of some hundred
    thousand of the rows where there are more.

    Raises:
        InvalidRequest: a parameter is wrong; it is named.
    """
    from miavo_gateway.flow.totals import GROUPS, Totals

    group = request.args.get("by")
    if group is not None and group not in GROUPS:
        raise InvalidRequest(f"'by': must be one of {', '.join(GROUPS)}.", param="by")
    books = await the_gateway().books()
    rows = rows_asked_for(books)
    found = await books.totals.by(group, rows, rank_every=await _rank_every(books, rows))
    if group is None and not found:
        found = {None: Totals()}
    views = [
        GroupView(
            group=value,
            name=books.keys.name_of(value) if group == "key" and value else value,
            **_fields(totals),
        )
        for value, totals in found.items()
    ]
    return json_answer(TotalsList(data=views))


@blueprint.get("/buckets")
async def list_buckets() -> Response:
    """The same in spans of `seconds` each, 60 if not said; the last 60 spans without `since`.

    Spans begin at whole multiples of their length; those without requests are listed too.

    Raises:
        InvalidRequest: a parameter is wrong, or there were too many spans; it is named.
    """
    from miavo_gateway.flow.totals import Totals

    seconds = _span_seconds()
    width = seconds * _SECOND
    until = moment("until")
    until = now_us() + 1 if until is None else until
    since = moment("since")
    since = (
        max(0, until - (_DEFAULT_SPANS - 1) * width) // width * width if since is None else since
    )
    books = await the_gateway().books()
    rows = rows_asked_for(books, since=since, until=until)
    first, behind = since // width, -(-until // width)
    if behind - first > _MOST_SPANS:
        raise InvalidRequest(
            f"'seconds': from 'since' to 'until' there are {behind - first:,} spans of this "
            f"length, and at most {_MOST_SPANS:,} are listed.",
            param="seconds",
        )
    found = await books.totals.in_spans(seconds, rows, rank_every=await _rank_every(books, rows))
    views = [
        BucketView(start=iso(number * width), **_fields(found.get(number * width, Totals())))
        for number in range(first, behind)
    ]
    return json_answer(BucketList(seconds=seconds, data=views))


async def _rank_every(books: Books, rows: UsageFilter) -> int:
    given = request.args.get("percentiles", "true")
    if given == "sampled":
        return await books.totals.sample_step(rows)
    if given not in ("true", "false"):
        raise InvalidRequest("'percentiles': must be true, false or sampled.", param="percentiles")
    return int(given == "true")


def _span_seconds() -> int:
    given = request.args.get("seconds", "60")
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given[:12]) <= _LONGEST_SPAN:
        raise InvalidRequest(
            f"'seconds': must be a whole number from 1 to {_LONGEST_SPAN}.", param="seconds"
        )
    return int(given[:12])


def _fields(totals: Totals) -> dict[str, Any]:
    return {
        "requests": totals.requests,
        "errors": totals.errors,
        "unpriced": totals.unpriced,
        "prompt_tokens": totals.prompt,
        "cached_tokens": totals.cached,
        "output_tokens": totals.output,
        "reasoning_tokens": totals.reasoning,
        "characters": totals.characters,
        "images": totals.images,
        "seconds": totals.milliseconds / 1_000,
        "cost_usd": to_usd(totals.cost_nano),
        "cost_nano": totals.cost_nano,
        "duration_ms": _latency(totals.duration),
        "first_token_ms": _latency(totals.first_token),
    }


def _latency(of: Percentiles) -> LatencyView:
    p50, p95, p99 = (None if us is None else us / 1_000 for us in (of.p50, of.p95, of.p99))
    return LatencyView(p50=p50, p95=p95, p99=p99)
