"""Signing keys from roles, profiles and the default chain, against a token service on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from miavo_gateway.providers.authorization import (
    AwsAccess,
    AwsDefaultChain,
    AwsKeys,
    AwsProfile,
    AwsRole,
    SigV4,
)
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.authorization.aws import AwsKeysFinder
from miavo_gateway.upstream.faults import ErrorClass, Refused, Unreachable

from ..scripted_server import Connection, ScriptedServer, serving, whole

ROLE = "arn:aws:iam::123456789012:role/miavo"
LONG_TERM = AwsKeys("AKIALONGTERM00000001", "long-term-secret-key")
XML = "content-type: text/xml"


CONFIG = f"""
[profile work]
aws_access_key_id = AKIAPROFILE000000001
aws_secret_access_key = s
[profile itself]
role_arn = {ROLE}
source_profile = work
[profile half]
aws_access_key_id = AKIAPROFILE000000001
[profile broken]
credential_process = sh -c 'echo leaked-secret >&2; exit 1'
"""


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS configuration of the tests' own, and no machine's role to ask for."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    config = tmp_path / "config"
    config.write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.fixture
def answered_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedServer], None]:
    """Makes a loopback server AWS's token service."""

    def answer(server: ScriptedServer) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)

    return answer


def token_service(
    asked: list[dict[str, list[str]]], *, good_for: timedelta = timedelta(hours=1)
) -> Callable[[Connection], Awaitable[None]]:
    """A script that assumes any role; the keys are numbered."""

    async def script(connection: Connection) -> None:
        asked.append(parse_qs(connection.body.decode()))
        end = (datetime.now(UTC) + good_for).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = len(asked)
        answer = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
            <AssumeRoleResult><AssumedRoleUser>
              <Arn>arn:aws:sts::123456789012:assumed-role/miavo/miavo</Arn>
              <AssumedRoleId>AROA:miavo</AssumedRoleId>
            </AssumedRoleUser><Credentials>
              <AccessKeyId>ASIAGIVEN{number:011}</AccessKeyId>
              <SecretAccessKey>given-secret-{number}</SecretAccessKey>
              <SessionToken>given-token-{number}</SessionToken>
              <Expiration>{end}</Expiration>
            </Credentials></AssumeRoleResult></AssumeRoleResponse>"""
        await connection.send(whole(answer.encode(), "200 OK", XML))

    return script


def wire(source: AwsKeys | AwsProfile | AwsDefaultChain | AwsRole) -> WireRequest:
    access = AwsAccess(source, "us-east-1")
    return WireRequest(
        "POST", "https://example.com/", {}, b"{}", SigV4("us-east-1", "bedrock", access)
    )


def signer(signed: WireRequest) -> str:
    """The id of the key that a request is signed with."""
    return signed.headers["authorization"].partition("Credential=")[2].partition("/")[0]


async def test_a_role_is_assumed_once_for_all_requests(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    asked: list[dict[str, list[str]]] = []
    authorizer = Authorizer()
    request = wire(AwsRole(ROLE, LONG_TERM, "me", "their-id"))
    async with serving(token_service(asked)) as server:
        answered_by(server)
        signed = await asyncio.gather(*(authorizer.authorized(request) for _ in range(30)))
        signed.append(await authorizer.authorized(request))
    assert {signer(one) for one in signed} == {"ASIAGIVEN00000000001"}
    assert signed[0].headers["x-amz-security-token"] == "given-token-1"
    (question,) = asked
    assert question["Action"] == ["AssumeRole"]
    assert question["RoleArn"] == [ROLE]
    assert question["RoleSessionName"] == ["me"]
    assert question["ExternalId"] == ["their-id"]
    assert f"Credential={LONG_TERM.access_key_id}/" in server.heads[0]


async def test_keys_that_end_are_replaced_and_forgotten_ones_are_asked_for_anew(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    asked: list[dict[str, list[str]]] = []
    authorizer = Authorizer()
    request = wire(AwsRole(ROLE, LONG_TERM))
    async with serving(token_service(asked, good_for=timedelta(seconds=50))) as server:
        answered_by(server)
        assert signer(await authorizer.authorized(request)) == "ASIAGIVEN00000000001"
        assert signer(await authorizer.authorized(request)) == "ASIAGIVEN00000000002"
    async with serving(token_service(asked)) as server:
        answered_by(server)
        authorizer.forget(request.authorization)
        assert signer(await authorizer.authorized(request)) == "ASIAGIVEN00000000003"
        assert signer(await authorizer.authorized(request)) == "ASIAGIVEN00000000003"


async def test_a_role_is_renewed_five_minutes_before_its_keys_end(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    asked: list[dict[str, list[str]]] = []
    async with serving(token_service(asked, good_for=timedelta(hours=1))) as server:
        answered_by(server)
        finder = AwsKeysFinder(AwsAccess(AwsRole(ROLE, LONG_TERM)))
        found = await asyncio.to_thread(finder.find)
    end = datetime.now(UTC).timestamp() + 3_600
    assert end - found.renew_at == pytest.approx(300, abs=30)
    assert end - found.until == pytest.approx(60, abs=30)


async def test_a_role_is_assumed_from_a_profile(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    asked: list[dict[str, list[str]]] = []
    async with serving(token_service(asked)) as server:
        answered_by(server)
        signed = await Authorizer().authorized(wire(AwsRole(ROLE, AwsProfile("work"))))
    assert signer(signed) == "ASIAGIVEN00000000001"
    assert "Credential=AKIAPROFILE000000001/" in server.heads[0]


async def test_a_profile_that_names_a_role_itself_is_followed(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    asked: list[dict[str, list[str]]] = []
    async with serving(token_service(asked)) as server:
        answered_by(server)
        signed = await Authorizer().authorized(wire(AwsProfile("itself")))
    assert signer(signed) == "ASIAGIVEN00000000001"
    assert asked[0]["RoleArn"] == [ROLE]


async def test_the_default_chain_is_that_of_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    signed = await Authorizer().authorized(wire(AwsDefaultChain()))
    assert signer(signed) == "AKIAENVIRONMENT00001"


async def refused(source: AwsProfile | AwsDefaultChain | AwsRole) -> Refused:
    with pytest.raises(Refused) as fault:
        await Authorizer().authorized(wire(source))
    assert fault.value.__cause__ is None
    return fault.value


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (AwsProfile("absent"), "profile is not in"),
        (AwsProfile("half"), "PartialCredentialsError"),
        (AwsProfile("broken"), "CredentialRetrievalError"),
        (AwsDefaultChain(), "no credentials"),
    ],
)
async def test_a_configuration_without_keys_takes_the_credential_out(
    source: AwsProfile | AwsDefaultChain, words: str
) -> None:
    fault = await refused(source)
    assert fault.error_class is ErrorClass.BAD_CREDENTIAL
    assert words in fault.message
    assert "leaked-secret" not in fault.message


@pytest.mark.parametrize(
    ("status", "code", "error_class"),
    [
        ("403 Forbidden", "AccessDenied", ErrorClass.BAD_CREDENTIAL),
        ("403 Forbidden", "InvalidClientTokenId", ErrorClass.BAD_CREDENTIAL),
        ("400 Bad Request", "ValidationError", ErrorClass.BAD_CREDENTIAL),
        ("400 Bad Request", "Throttling", ErrorClass.THROTTLE),
        ("503 Service Unavailable", "ServiceUnavailable", ErrorClass.RETRY),
    ],
)
async def test_what_the_token_service_refuses_is_told_in_the_pools_words(
    status: str,
    code: str,
    error_class: ErrorClass,
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    async def script(connection: Connection) -> None:
        answer = (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
            f"<Type>Sender</Type><Code>{code}</Code><Message>not for you</Message>"
            "</Error></ErrorResponse>"
        )
        await connection.send(whole(answer.encode(), status, XML))

    async with serving(script) as server:
        answered_by(server)
        fault = await refused(AwsRole(ROLE, LONG_TERM))
    assert fault.error_class is error_class
    assert f"{code}: not for you" in fault.message
    assert LONG_TERM.secret_access_key not in fault.message


async def test_a_token_service_that_is_down_is_no_fault_of_the_credential(
    answered_by: Callable[[ScriptedServer], None],
) -> None:
    async with serving(token_service([])) as server:
        answered_by(server)
    with pytest.raises(Unreachable, match="token service cannot be reached"):
        await Authorizer().authorized(wire(AwsRole(ROLE, LONG_TERM)))
