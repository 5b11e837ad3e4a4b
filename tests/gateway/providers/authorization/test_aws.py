"""What a Bedrock credential may be given as, and that a wrong one is refused without quoting it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.authorization import (
    AwsAccess,
    AwsDefaultChain,
    AwsKeys,
    AwsProfile,
    AwsRole,
    BadSecret,
    BedrockBearer,
    check_secret,
    parse_aws_secret,
)

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
TEMPORARY = "ASIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ROLE = "arn:aws:iam::123456789012:role/team/miavo"
KEYS = AwsKeys(KEY_ID, SECRET)


@pytest.mark.parametrize(
    ("document", "access"),
    [
        (
            {"access_key_id": KEY_ID, "secret_access_key": SECRET},
            AwsAccess(KEYS, "us-east-1"),
        ),
        (
            {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "region": "eu-central-1"},
            AwsAccess(KEYS, "eu-central-1"),
        ),
        (
            {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET, "session_token": ""},
            AwsAccess(KEYS),
        ),
        (
            # as a credential_process prints it
            {
                "Version": 1,
                "AccessKeyId": TEMPORARY,
                "SecretAccessKey": SECRET,
                "SessionToken": "tok",
                "Expiration": "2027-01-01T00:00:00Z",
            },
            AwsAccess(AwsKeys(TEMPORARY, SECRET, "tok")),
        ),
        (
            {"profile": "work", "region": "us-gov-west-1"},
            AwsAccess(AwsProfile("work"), "us-gov-west-1"),
        ),
        ({"default_chain": True}, AwsAccess(AwsDefaultChain())),
        ({"role_arn": ROLE}, AwsAccess(AwsRole(ROLE, AwsDefaultChain()))),
        (
            {"role_arn": ROLE, "profile": "work", "external_id": "x-1", "session_name": "me"},
            AwsAccess(AwsRole(ROLE, AwsProfile("work"), "me", "x-1")),
        ),
        (
            {"role_arn": ROLE, "access_key_id": KEY_ID, "secret_access_key": SECRET},
            AwsAccess(AwsRole(ROLE, KEYS)),
        ),
        ({"api_key": "ABSKabc", "region": "eu-west-1"}, BedrockBearer("ABSKabc", "eu-west-1")),
    ],
)
def test_each_documented_form_is_read(
    document: dict[str, object], access: AwsAccess | BedrockBearer
) -> None:
    assert parse_aws_secret(json.dumps(document)) == access


@pytest.mark.parametrize(
    ("text", "access"),
    [
        (f"{KEY_ID}:{SECRET}", AwsAccess(KEYS)),
        (f" {TEMPORARY}:{SECRET}:tok==\n", AwsAccess(AwsKeys(TEMPORARY, SECRET, "tok=="))),
        ("ABSKQmVkcm9jaw==", BedrockBearer("ABSKQmVkcm9jaw==", "us-east-1")),
        ("bedrock-api-key-a:b", BedrockBearer("bedrock-api-key-a:b", "us-east-1")),
    ],
)
def test_the_short_forms_are_read(text: str, access: AwsAccess | BedrockBearer) -> None:
    assert parse_aws_secret(text) == access


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "empty"),
        (KEY_ID, "the secret access key"),
        (f"{KEY_ID}:", "the secret access key"),
        (f"{TEMPORARY}:{SECRET}", '"session_token"'),
        ("{", "copied whole"),
        ("{}", '"access_key_id"'),
        ('{"region": "us-east-1"}', '"access_key_id"'),
        ('{"default_chain": false}', '"access_key_id"'),
        (f'{{"access_key_id": "{KEY_ID}"}}', 'no "secret_access_key"'),
        (f'{{"secret_access_key": "{SECRET}"}}', 'no "access_key_id"'),
        (f'{{"access_key_id": 5, "secret_access_key": "{SECRET}"}}', "not text"),
        (f'{{"access_key_id": "{SECRET}", "secret_access_key": "{SECRET}"}}', "AKIA"),
        (f'{{"access_key_id": "{KEY_ID}", "AccessKeyId": "{KEY_ID}"}}', "twice"),
        (f'{{"access_key_id": "{KEY_ID}", "secret_access_key": "a b"}}', "spaces"),
        ('{"profile": "a", "default_chain": true}', "more than one"),
        ('{"profile": "a", "regoin": "us-east-1"}', '"regoin"'),
        ('{"profile": "a", "region": "evil.example/"}', '"region"'),
        ('{"profile": "a", "external_id": "xx"}', '"role_arn"'),
        ('{"role_arn": "arn:aws:iam::1:user/x"}', '"role_arn"'),
        (f'{{"role_arn": "{ROLE}", "session_name": "a b"}}', '"session_name"'),
        ('{"api_key": "ABSK\\r\\nx: y"}', "line breaks"),
        ('{"api_key": "ABSK", "profile": "a"}', "both"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused_with_what_is_wrong(
    secret: str, words: str
) -> None:
    with pytest.raises(BadSecret, match=words):
        check_secret("bedrock", secret)


def test_secrets_are_kept_out_of_reprs() -> None:
    shown = repr(parse_aws_secret(f"{TEMPORARY}:{SECRET}:token-text"))
    assert SECRET not in shown
    assert "token-text" not in shown
    assert "ABSKabc" not in repr(parse_aws_secret("ABSKabc"))


NAMES = st.sampled_from(
    ["access_key_id", "SecretAccessKey", "session_token", "profile", "role_arn", "region"]
)
MARKED = st.text(max_size=20).map(lambda text: f"zq7{text}7qz")


def refusal(secret: str) -> str:
    """The words of the refusal; empty if the secret is taken."""
    try:
        parse_aws_secret(secret)
    except BadSecret as error:
        return str(error)
    return ""


@given(st.dictionaries(NAMES, MARKED | st.integers() | st.none() | st.lists(MARKED, max_size=2)))
def test_whatever_is_in_a_document_is_read_or_refused_without_its_values(
    document: dict[str, object],
) -> None:
    assert "zq7" not in refusal(json.dumps(document))


@given(MARKED | st.builds("{}{}".format, st.sampled_from(["{", KEY_ID, KEY_ID + ":"]), MARKED))
def test_any_text_is_read_or_refused_without_repeating_it(text: str) -> None:
    assert "zq7" not in refusal(text)


def test_other_providers_secrets_are_not_looked_into() -> None:
    check_secret("openai", "{")
