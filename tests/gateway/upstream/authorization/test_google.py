"""Access tokens of Google, against a token endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import google.auth._exponential_backoff
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from google.auth import jwt

from miavo_gateway.providers.authorization import GoogleAccess, GoogleToken, parse_google_secret
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.authorization.google import fetch_token
from miavo_gateway.upstream.faults import ErrorClass, Refused, Unreachable

from ..scripted_server import Connection, serving, whole

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
EMAIL = "me@my-project.iam.gserviceaccount.com"


def wire(document: dict[str, str]) -> WireRequest:
    access = parse_google_secret(json.dumps(document))
    assert isinstance(access, GoogleAccess)
    return WireRequest(
        "POST", "https://example.com/", {"accept": "*/*"}, b"{}", GoogleToken(access)
    )


def account(token_uri: str, private_key: str = PRIVATE) -> WireRequest:
    return wire(
        {
            "type": "service_account",
            "project_id": "my-project",
            "private_key_id": "k1",
            "private_key": private_key,
            "client_email": EMAIL,
            "token_uri": token_uri,
        }
    )


@dataclass
class TokenService:
    """Gives numbered tokens, or what it is told to answer."""

    status: str = "200 OK"
    answer: Any = None
    expires_in: int = 3_599
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    async def __call__(self, connection: Connection) -> None:
        self.asked.append(parse_qs(connection.body.decode()))
        answer = self.answer
        if answer is None:
            token = f"ya29.{len(self.asked)}"
            answer = {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        await connection.send(whole(body, self.status, "content-type: application/json"))


async def test_a_service_account_signs_for_one_token_for_all_requests() -> None:
    service, authorizer = TokenService(), Authorizer()
    async with serving(service) as server:
        uri = f"{server.url}/token"
        authorized = await asyncio.gather(*(authorizer.authorized(account(uri)) for _ in range(30)))
        authorized.append(await authorizer.authorized(account(uri)))
    assert {one.headers["authorization"] for one in authorized} == {"Bearer ya29.1"}
    assert authorized[0].headers["accept"] == "*/*"
    assert authorized[0].authorization is None
    (question,) = service.asked
    assert question["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    (assertion,) = question["assertion"]
    claims = jwt.decode(assertion, certs=PUBLIC, audience="https://oauth2.googleapis.com/token")
    assert claims["iss"] == EMAIL
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert claims["exp"] - claims["iat"] == 3_600


async def test_a_token_is_renewed_five_minutes_before_it_ends() -> None:
    async with serving(TokenService()) as server:
        authorization = account(server.url).authorization
        assert isinstance(authorization, GoogleToken)
        token = await asyncio.to_thread(fetch_token, authorization.access.source)
    assert token.renew_at - time.time() == pytest.approx(3_599 - 300, abs=30)
    assert token.until - time.time() == pytest.approx(3_599 - 60, abs=30)


async def test_a_token_that_has_ended_or_is_forgotten_is_fetched_anew() -> None:
    service, authorizer = TokenService(expires_in=50), Authorizer()
    async with serving(service) as server:
        request = account(server.url)
        for number in (1, 2):
            authorized = await authorizer.authorized(request)
            assert authorized.headers["authorization"] == f"Bearer ya29.{number}"
        service.expires_in = 3_599
        for number in (3, 3):
            authorized = await authorizer.authorized(request)
            assert authorized.headers["authorization"] == f"Bearer ya29.{number}"
        authorizer.forget(request.authorization)
        assert (await authorizer.authorized(request)).headers["authorization"] == "Bearer ya29.4"


async def test_a_persons_login_is_exchanged_for_a_token() -> None:
    service = TokenService()
    async with serving(service) as server:
        authorized = await Authorizer().authorized(
            wire(
                {
                    "type": "authorized_user",
                    "client_id": "id",
                    "client_secret": "s",
                    "refresh_token": "1//r",
                    "quota_project_id": "billed",
                    "token_uri": server.url,
                }
            )
        )
    assert authorized.headers["authorization"] == "Bearer ya29.1"
    assert service.asked[0]["refresh_token"] == ["1//r"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (
            "400 Bad Request",
            {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
        ),
        ("401 Unauthorized", {"error": "invalid_client", "error_description": "Deleted account."}),
    ],
)
async def test_a_refused_credential_is_taken_out(status: str, answer: dict[str, str]) -> None:
    async with serving(TokenService(status, answer)) as server:
        with pytest.raises(Refused) as fault:
            await Authorizer().authorized(account(server.url))
    assert fault.value.error_class is ErrorClass.BAD_CREDENTIAL
    assert f"{answer['error']}: {answer['error_description']}" in fault.value.message


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("503 Service Unavailable", {"error": "backend"}),
        ("429 Too Many Requests", b"slow down"),
        ("403 Forbidden", b"<html>a proxy's page"),
        ("302 Found", b""),
        ("200 OK", b"<html>"),
        ("200 OK", []),
        ("200 OK", {}),
        ("200 OK", {"access_token": "ya29.x"}),
        ("200 OK", {"access_token": 7, "expires_in": 60}),
        ("200 OK", {"access_token": "ya29.x", "expires_in": "soon"}),
    ],
)
async def test_a_failing_token_service_is_no_fault_of_the_credential(
    status: str, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google.auth._exponential_backoff.time, "sleep", lambda seconds: None)
    async with serving(TokenService(status, answer)) as server:
        with pytest.raises(Unreachable) as fault:
            await Authorizer().authorized(account(server.url))
    assert "ya29" not in fault.value.message


async def test_a_token_service_that_is_down_is_no_fault_of_the_credential() -> None:
    async with serving(TokenService()) as server:
        pass
    with pytest.raises(Unreachable, match="token service cannot be reached"):
        await Authorizer().authorized(account(server.url))


async def test_a_key_that_is_none_takes_the_credential_out_without_being_quoted() -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    with pytest.raises(Refused) as fault:
        await Authorizer().authorized(account("http://127.0.0.1:9/", broken))
    assert fault.value.error_class is ErrorClass.BAD_CREDENTIAL
    assert "c2VjcmV0" not in fault.value.message
    assert fault.value.__cause__ is None
