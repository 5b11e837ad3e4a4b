"""What opens AWS Bedrock: a Bedrock API key, or one of AWS's ways to come by signing keys.

A secret is one of these; the region is that of Bedrock's endpoint, `us-east-1` if left out (the
`us.` inference profiles of the catalogue can be called from there; a profile's own region is not
looked up, since the address has to be known before anything is fetched):

- `{"access_key_id", "secret_access_key", "session_token"?, "region"?}`, also with AWS's names
  (`AccessKeyId`, `aws_access_key_id`), so that the output of its tools can be given as it is
- `AKIA…:secret` or `ASIA…:secret:token`
- `{"profile", "region"?}`, a profile of `~/.aws/config` or `~/.aws/credentials`
- `{"role_arn", "external_id"?, "session_name"?, "region"?}`, with keys or a profile to assume the
  role from, else the default chain
- `{"default_chain": true, "region"?}`, what the AWS SDK finds by itself: variables, files, SSO,
  the machine's role
- `{"api_key", "region"?}` or any other text: a Bedrock API key
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from miavo_gateway.providers.authorization.document import BadSecret, Document, checked_word

__all__ = [
    "AwsAccess",
    "AwsDefaultChain",
    "AwsKeys",
    "AwsProfile",
    "AwsRole",
    "AwsSource",
    "BedrockBearer",
    "parse_aws_secret",
]

_KIND: Final = "the AWS credential"
_DEFAULT_REGION: Final = "us-east-1"
# It becomes part of the name of the host that is sent the request.
_REGION: Final = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,16}){1,3}-\d{1,2}", re.ASCII)
# docs.aws.amazon.com/IAM, "IAM identifiers" and the API reference of AssumeRole
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID: Final = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_KEY_ID: Final = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,124}", re.ASCII)
_TEMPORARY: Final = "ASIA"
_ALIASES: Final = {
    "AccessKeyId": "access_key_id",
    "SecretAccessKey": "secret_access_key",
    "SessionToken": "session_token",
    "Token": "session_token",
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "aws_profile": "profile",
    "AWS_PROFILE": "profile",
    "RoleArn": "role_arn",
    "ExternalId": "external_id",
    "RoleSessionName": "session_name",
    "role_session_name": "session_name",
    "Region": "region",
    "aws_region": "region",
    "AWS_REGION": "region",
    "bearer_token": "api_key",
    "AWS_BEARER_TOKEN_BEDROCK": "api_key",
}
_KEYS: Final = ("access_key_id", "secret_access_key", "session_token")
_KNOWN: Final = frozenset(
    {*_KEYS, "profile", "role_arn", "external_id", "session_name", "default_chain", "api_key"}
    | {"region"}
)
_SAYS_NOTHING: Final = frozenset(
    {"Version", "Expiration", "UserName", "Status", "CreateDate", "AccountId", "CredentialScope"}
)
"""What AWS's tools write beside the keys."""


@dataclass(frozen=True, slots=True)
class BedrockBearer:
    """A Bedrock API key, sent as a bearer token."""

    token: str = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Keys that sign; with a token they are temporary, and nothing here renews them."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AwsProfile:
    """A profile of this machine's AWS configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class AwsDefaultChain:
    """What the AWS SDK finds by itself."""


AwsSource: TypeAlias = AwsKeys | AwsProfile | AwsDefaultChain


@dataclass(frozen=True, slots=True)
class AwsRole:
    """A role to assume through AWS STS."""

    arn: str
    source: AwsSource
    """What may assume it."""
    session_name: str = "miavo"
    """The name under which AWS's own logs show it."""
    external_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """Where signing keys come from, and the region they are used in."""

    source: AwsSource | AwsRole
    region: str = _DEFAULT_REGION


def parse_aws_secret(secret: str) -> BedrockBearer | AwsAccess:
    """Read a secret; the forms are those of the module's docstring.

    Raises:
        BadSecret: it is none of them; says what is missing or wrong, without the secret.
    """
    secret = secret.strip()
    if not secret:
        raise BadSecret(f"{_KIND} is empty")
    if secret.startswith("{"):
        return _from_document(secret)
    key_id, *rest = secret.split(":", 2)
    if not _KEY_ID.fullmatch(key_id):
        return BedrockBearer(checked_word(secret, "the API key", _KIND), _DEFAULT_REGION)
    if not rest or not rest[0]:
        raise BadSecret(
            f"{_KIND} is an access key id alone; what is missing is the secret access key, "
            "after a colon"
        )
    return AwsAccess(_keys(key_id, rest[0], rest[1] or None if len(rest) > 1 else None))


def _from_document(secret: str) -> BedrockBearer | AwsAccess:
    document = Document.parse(secret, _KIND).renamed(_ALIASES)
    document.refuse_others(_KNOWN | _SAYS_NOTHING)
    region = document.optional("region") or _DEFAULT_REGION
    if not _REGION.fullmatch(region):
        raise BadSecret(f'in {_KIND}, "region" is not of the form us-east-1')
    if document.has("api_key"):
        if any(document.has(name) for name in (*_KEYS, "profile", "role_arn")):
            raise BadSecret(f"{_KIND} has both an api_key and keys, a profile or a role")
        key = checked_word(document.required("api_key"), '"api_key"', _KIND)
        return BedrockBearer(key, region)
    source = _source(document)
    if document.has("role_arn"):
        return AwsAccess(_role(document, source or AwsDefaultChain()), region)
    if document.has("external_id") or document.has("session_name"):
        raise BadSecret(f'{_KIND} has no "role_arn", to which the other members belong')
    if source is None:
        raise BadSecret(
            f'{_KIND} has no "access_key_id" with "secret_access_key", and neither "profile", '
            '"role_arn", "api_key" nor "default_chain": true'
        )
    return AwsAccess(source, region)


def _source(document: Document) -> AwsSource | None:
    keys = [name for name in _KEYS if document.has(name)]
    profile = document.optional("profile")
    chain = document.is_true("default_chain")
    if (bool(keys) + bool(profile) + chain) > 1:
        raise BadSecret(f"{_KIND} names more than one of keys, a profile and the default chain")
    if keys:
        return _keys(
            document.required("access_key_id"),
            document.required("secret_access_key"),
            document.optional("session_token"),
        )
    if profile:
        if not profile.isprintable() or len(profile) > 128:
            raise BadSecret(f'in {_KIND}, "profile" is no name of a profile')
        return AwsProfile(profile)
    return AwsDefaultChain() if chain else None


def _keys(access_key_id: str, secret_access_key: str, session_token: str | None) -> AwsKeys:
    if not _KEY_ID.fullmatch(access_key_id):
        raise BadSecret(f'in {_KIND}, "access_key_id" does not look like AKIA… or ASIA…')
    if access_key_id.startswith(_TEMPORARY) and session_token is None:
        raise BadSecret(f'{_KIND} is temporary (ASIA…) and has no "session_token"')
    checked_word(secret_access_key, '"secret_access_key"', _KIND)
    if session_token is not None:
        checked_word(session_token, '"session_token"', _KIND)
    return AwsKeys(access_key_id, secret_access_key, session_token)


def _role(document: Document, source: AwsSource) -> AwsRole:
    role = AwsRole(
        arn=document.required("role_arn"),
        source=source,
        session_name=document.optional("session_name") or "miavo",
        external_id=document.optional("external_id"),
    )
    if not _ROLE.fullmatch(role.arn):
        raise BadSecret(
            f'in {_KIND}, "role_arn" is not of the form arn:aws:iam::123456789012:role/name'
        )
    if not _SESSION_NAME.fullmatch(role.session_name):
        raise BadSecret(f'in {_KIND}, "session_name" is not 2 to 64 letters, digits or +=,.@-_')
    if role.external_id is not None and not _EXTERNAL_ID.fullmatch(role.external_id):
        raise BadSecret(f'in {_KIND}, "external_id" has characters that AWS does not take')
    return role
