"""Whatever fits the description, and much that does not, is answered as it says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import ChecksConfig, NotAServerErrorConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from miavo_gateway.errors import NotImplementedYet, NoUpstream, UpstreamError
from tests.conftest import RunningGateway

EXAMPLES = 6
"""Of each operation, beside those that try each bound of each field in turn."""
MEANT = [error.status for error in (NotImplementedYet, UpstreamError, NoUpstream)]
"""Statuses above 500 that say something of a model or its provider."""


@pytest.fixture(scope="module")
def description(shared_gateway: RunningGateway) -> Any:
    checks = ChecksConfig(
        not_a_server_error=NotAServerErrorConfig(
            expected_statuses=["2xx", "4xx", *(str(each) for each in MEANT)]
        )
    )
    config = SchemathesisConfig()
    config.projects.default.checks = checks
    config.projects.default.generation.deterministic = True
    schema = schemathesis.openapi.from_url(f"{shared_gateway.url}/openapi.json", config=config)

    @schema.auth()
    class Tokens:
        """The key or the admin token, as the operation needs it."""

        def get(self, case: Case, context: schemathesis.AuthContext) -> str:
            needed = [name for each in case.operation.definition.raw["security"] for name in each]
            return shared_gateway.key() if "key" in needed else shared_gateway.admin_token

        def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
            case.headers["authorization"] = f"Bearer {data}"

    return schema


# These streams go on until the caller hangs up.
lazily = schemathesis.pytest.from_fixture("description").exclude(
    path=["/admin/v1/events", "/admin/v1/logs/live"]
)


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Half of the requests that name a model name one that answers."""
    if isinstance(body, dict) and isinstance(body.get("model"), str) and len(body["model"]) % 2:
        return {**body, "model": "local-echo"}
    return body


@lazily.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_gateway_answers_as_described(case: Case) -> None:
    case.call_and_validate(
        # A valid body may still name a model or an account that is not there.
        excluded_checks=[positive_data_acceptance],
        timeout=20,
    )
