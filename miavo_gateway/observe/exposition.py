"""A gateway's numbers in the text formats of Prometheus.

Importing `prometheus_client` takes long beside what a gateway needs before it listens, so this
module is imported by the first request for its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from miavo_gateway import __version__
from miavo_gateway.upstream.health import State

if TYPE_CHECKING:
    from miavo_gateway.gateway import Books, Gateway
    from miavo_gateway.observe.counts import Histogram

__all__ = ["exposition"]

_NANO = 1_000_000_000
_ENGINE_STATES = ("unavailable", "cold", "loading", "ready")


def exposition(gateway: Gateway, books: Books, accept: str) -> tuple[bytes, str]:
    """The page and its content type: OpenMetrics if `accept` asks for it, else the older text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_GatewayCollector(gateway, books))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _GatewayCollector(Collector):
    """Reads one gateway's counts and its present state."""

    def __init__(self, gateway: Gateway, books: Books) -> None:
        self._gateway = gateway
        self._books = books

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry asks for it when it registers, only to find names taken twice."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric; labels hold slugs, names and states, never a secret."""
        yield InfoMetricFamily("miavo_build", "The version.", {"version": __version__})
        yield from self._requests()
        yield from self._money()
        yield from self._pool()
        yield from self._engines()

    def _requests(self) -> Iterator[Metric]:
        counts = self._gateway.observer.counts
        requests = CounterMetricFamily(
            "miavo_requests",
            "Requests that ended, or were refused for their key.",
            labels=("slug", "provider", "status", "state"),
        )
        for labels, count in counts.requests.items():
            requests.add_metric(labels, count)
        yield requests
        tokens = CounterMetricFamily(
            "miavo_tokens",
            "Tokens by bucket; reasoning is a part of output.",
            labels=("slug", "bucket"),
        )
        for slug_and_bucket, count in counts.tokens.items():
            tokens.add_metric(slug_and_bucket, count)
        yield tokens
        cost = CounterMetricFamily(
            "miavo_cost_dollars", "What requests cost, in US dollars.", labels=("slug",)
        )
        for slug, nano in counts.cost_nano.items():
            cost.add_metric((slug,), nano / _NANO)
        yield cost
        yield _histogram(
            "miavo_request_duration_seconds", "From the hold to the end.", counts.duration
        )
        yield _histogram(
            "miavo_first_token_seconds", "From the hold to the first token.", counts.first_token
        )
        answers = CounterMetricFamily(
            "miavo_http_answers", "HTTP answers of every endpoint.", labels=("route", "status")
        )
        for route_and_status, count in counts.answers.items():
            answers.add_metric(route_and_status, count)
        yield answers
        yield GaugeMetricFamily(
            "miavo_requests_in_flight",
            "Requests being answered now.",
            value=len(self._gateway.live),
        )
        yield GaugeMetricFamily(
            "miavo_event_listeners",
            "Who listens to live events.",
            value=len(self._gateway.observer.happenings),
        )

    def _money(self) -> Iterator[Metric]:
        ledger = self._books.ledger
        yield GaugeMetricFamily(
            "miavo_holds_open",
            "Requests that are not settled yet, those that hold no money included.",
            value=ledger.holds_open,
        )
        held = GaugeMetricFamily(
            "miavo_held_nano_dollars", "What requests in flight hold.", labels=("account",)
        )
        credit = GaugeMetricFamily(
            "miavo_credit_nano_dollars", "What can be spent.", labels=("account",)
        )
        for account in self._books.accounts.all():
            held.add_metric((account.id,), ledger.funds.held(account.id))
            credit.add_metric((account.id,), ledger.funds.available(account.id))
        yield held
        yield credit
        yield GaugeMetricFamily(
            "miavo_writer_queue_length",
            "Writes that wait for the next transaction.",
            value=self._books.writer.waiting,
        )

    def _pool(self) -> Iterator[Metric]:
        standings = self._books.pool.snapshot()
        names = ("provider", "label")
        states = GaugeMetricFamily(
            "miavo_credential_state",
            "1 for the state that a credential is in.",
            labels=(*names, "state"),
        )
        in_flight = GaugeMetricFamily(
            "miavo_credential_requests_in_flight", "Requests with a credential now.", labels=names
        )
        outcomes = CounterMetricFamily(
            "miavo_credential_requests",
            "Requests with a credential, by what came of them.",
            labels=(*names, "outcome"),
        )
        for one in standings:
            own = (one.provider, one.label)
            for state in State:
                states.add_metric((*own, state.value), one.state is state)
            in_flight.add_metric(own, one.in_flight)
            for outcome, count in one.counts.items():
                outcomes.add_metric((*own, outcome), count)
        yield states
        yield in_flight
        yield outcomes

    def _engines(self) -> Iterator[Metric]:
        engines = GaugeMetricFamily(
            "miavo_engine_state",
            "1 for the state that an engine of this machine is in.",
            labels=("slug", "state"),
        )
        for slug, engine in self._gateway.router.engines.items():
            for state in _ENGINE_STATES:
                engines.add_metric((slug, state), engine.state == state)
        yield engines


def _histogram(name: str, help_text: str, by_slug: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, help_text, labels=("slug",))
    for slug, histogram in by_slug.items():
        family.add_metric((slug,), buckets=histogram.cumulative(), sum_value=histogram.total)
    return family
