"""What a Vertex credential may be given as, and that a wrong one is refused without quoting it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.authorization import (
    AuthorizedUser,
    BadSecret,
    GoogleAccess,
    GoogleApiKey,
    ServiceAccount,
    check_secret,
    parse_google_secret,
)

PEM = "-----BEGIN PRIVATE KEY-----\nzq7\n-----END PRIVATE KEY-----\n"
ACCOUNT = {
    "type": "service_account",
    "project_id": "my-project",
    "private_key_id": "k1",
    "private_key": PEM,
    "client_email": "me@my-project.iam.gserviceaccount.com",
    "client_id": "1",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
    "universe_domain": "googleapis.com",
}
USER = {
    "type": "authorized_user",
    "client_id": "id.apps.googleusercontent.com",
    "client_secret": "zq7-secret",
    "refresh_token": "1//zq7-refresh",
    "quota_project_id": "billed",
}


def test_a_service_accounts_key_file_is_read_as_it_is() -> None:
    assert parse_google_secret(json.dumps(ACCOUNT)) == GoogleAccess(
        ServiceAccount("me@my-project.iam.gserviceaccount.com", PEM.strip(), "k1"), "my-project"
    )


def test_project_and_location_can_be_added_to_googles_files() -> None:
    given_more = ACCOUNT | {"project": "example.com:other", "location": "us-central1"}
    access = parse_google_secret(json.dumps(given_more))
    assert isinstance(access, GoogleAccess)
    assert (access.project, access.location) == ("example.com:other", "us-central1")


def test_a_persons_login_is_read_with_the_project_that_it_bills() -> None:
    assert parse_google_secret(json.dumps(USER)) == GoogleAccess(
        AuthorizedUser("id.apps.googleusercontent.com", "zq7-secret", "1//zq7-refresh", "billed"),
        "billed",
    )


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (" AIzaKey\n", GoogleApiKey("AIzaKey")),
        ('{"api_key": "AIzaKey"}', GoogleApiKey("AIzaKey")),
        (
            '{"api_key": "AIzaKey", "project": "p-1", "location": "global"}',
            GoogleApiKey("AIzaKey", "p-1", "global"),
        ),
    ],
)
def test_an_api_key_is_read(secret: str, key: GoogleApiKey) -> None:
    assert parse_google_secret(secret) == key


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "empty"),
        ("two words", "spaces"),
        ("{", "copied whole"),
        ("{}", '"type"'),
        (json.dumps({"api_key": "k", "projcet": "p"}), '"projcet"'),
        (json.dumps({"type": "external_account"}), "no other is supported"),
        (json.dumps(ACCOUNT | {"private_key": ""}), 'no "private_key"'),
        (json.dumps(ACCOUNT | {"private_key": "zq7"}), "PEM"),
        (json.dumps(ACCOUNT | {"client_email": None}), 'no "client_email"'),
        (json.dumps(ACCOUNT | {"project_id": ""}), 'no "project"'),
        (json.dumps(ACCOUNT | {"project_id": "a/../b"}), '"project_id"'),
        (json.dumps(ACCOUNT | {"location": "evil.example/"}), '"location"'),
        (json.dumps(USER | {"refresh_token": ""}), 'no "refresh_token"'),
        (json.dumps(USER | {"quota_project_id": ""}), 'no "project"'),
    ],
)
def test_a_document_that_cannot_be_used_is_refused_with_what_is_wrong(
    secret: str, words: str
) -> None:
    with pytest.raises(BadSecret, match=words) as refused:
        check_secret("vertex", secret)
    assert "zq7" not in str(refused.value)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/token",
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com@evil.example/token",
        "https://oauth2.googleapis.com.evil.example/token",
        "http://localhost\\@evil.example/",
        "https://oauth2.googleapis.com\n.evil.example/",
        "http://[::1",
    ],
)
def test_what_an_account_signs_is_sent_to_google_or_to_this_machine_alone(uri: str) -> None:
    with pytest.raises(BadSecret, match="token_uri"):
        parse_google_secret(json.dumps(ACCOUNT | {"token_uri": uri}))


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9/token", "http://[::1]:9/", "http://localhost/"]
)
def test_a_simulator_on_this_machine_may_give_tokens(uri: str) -> None:
    access = parse_google_secret(json.dumps(ACCOUNT | {"token_uri": uri}))
    assert isinstance(access, GoogleAccess)
    assert access.source.token_uri == uri


def test_secrets_are_kept_out_of_reprs() -> None:
    for document in (ACCOUNT, USER, {"api_key": "zq7"}):
        assert "zq7" not in repr(parse_google_secret(json.dumps(document)))


@given(
    st.sampled_from([ACCOUNT, USER]),
    st.sampled_from(sorted(ACCOUNT | USER)),
    st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=1),
)
def test_a_document_with_anything_in_a_member_is_read_or_refused(
    document: dict[str, object], name: str, value: object
) -> None:
    secret = json.dumps(document | {name: value})
    try:
        words = repr(parse_google_secret(secret))
    except BadSecret as error:
        words = str(error)
    assert "zq7" not in words
