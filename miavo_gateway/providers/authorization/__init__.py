"""What authorizes a request beyond a header: kinds of access to AWS and Google, from a secret.

Pure: it says what is to be signed or fetched with what; `upstream.authorization` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from miavo_gateway.providers.authorization.aws import (
    AwsAccess,
    AwsDefaultChain,
    AwsKeys,
    AwsProfile,
    AwsRole,
    BedrockBearer,
    parse_aws_secret,
)
from miavo_gateway.providers.authorization.document import BadSecret
from miavo_gateway.providers.authorization.google import (
    AuthorizedUser,
    GoogleAccess,
    GoogleApiKey,
    GoogleSource,
    ServiceAccount,
    parse_google_secret,
)

__all__ = [
    "Authorization",
    "AuthorizedUser",
    "AwsAccess",
    "AwsDefaultChain",
    "AwsKeys",
    "AwsProfile",
    "AwsRole",
    "BadSecret",
    "BedrockBearer",
    "GoogleAccess",
    "GoogleApiKey",
    "GoogleSource",
    "GoogleToken",
    "ServiceAccount",
    "SigV4",
    "check_secret",
    "parse_aws_secret",
    "parse_google_secret",
]


@dataclass(frozen=True, slots=True)
class SigV4:
    """To be signed with AWS Signature Version 4."""

    region: str
    """That of the endpoint."""
    service: str
    """The signing name; `bedrock` for all of Bedrock's hosts."""
    access: AwsAccess


@dataclass(frozen=True, slots=True)
class GoogleToken:
    """To be sent with an OAuth 2.0 access token of Google."""

    access: GoogleAccess


Authorization: TypeAlias = SigV4 | GoogleToken


def check_secret(provider: str, secret: str) -> None:
    """Refuse what a provider's adapter could not use; for all others any secret will do.

    Raises:
        BadSecret: says what is missing or wrong, without the secret.
    """
    match provider:
        case "bedrock":
            parse_aws_secret(secret)
        case "vertex":
            parse_google_secret(secret)
        case _:
            pass
