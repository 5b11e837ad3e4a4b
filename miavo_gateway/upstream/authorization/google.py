"""Access tokens of Google, by google-auth; blocks.

Importing this module loads google-auth and cryptography, which takes a while: import it in a
thread.
"""

from __future__ import annotations

from datetime import UTC

import httpx
import urllib3
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.urllib3 import Request
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account

from miavo_gateway.providers.authorization import AuthorizedUser, GoogleSource, ServiceAccount
from miavo_gateway.upstream.authorization.faults import unusable
from miavo_gateway.upstream.authorization.renewal import Lasting
from miavo_gateway.upstream.faults import Unreachable, UpstreamFault

__all__ = ["fault_of", "fetch_token"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_RENEW_BEFORE = 300.0
_LEAST_LEFT = 60.0
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0


def fetch_token(source: GoogleSource) -> Lasting[str]:
    """A new access token, and how long it holds.

    Raises:
        UpstreamFault: there is none to be had.
    """
    try:
        credentials = _credentials(source)
    except (ValueError, TypeError):
        # The error may quote the key.
        raise unusable(
            "cannot be called: the private key of the service account cannot be read"
        ) from None
    # Trusts whom the transport trusts; follows no redirect and reads no proxy variables.
    with urllib3.PoolManager(
        retries=False,
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        ssl_context=httpx.create_ssl_context(),
    ) as pool:
        try:
            credentials.refresh(Request(pool))
        except GoogleAuthError as error:
            # Its context holds the request, with the assertion in it.
            raise fault_of(error) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _no_token() from None
    if not isinstance(credentials.token, str) or credentials.expiry is None:
        raise _no_token()
    end = credentials.expiry.replace(tzinfo=UTC).timestamp()
    return Lasting(credentials.token, renew_at=end - _RENEW_BEFORE, until=end - _LEAST_LEFT)


def _no_token() -> Unreachable:
    return Unreachable("cannot be called: what Google's token service said is no token")


def _credentials(source: GoogleSource) -> Credentials:
    credentials: Credentials
    match source:
        case ServiceAccount():
            credentials = service_account.Credentials.from_service_account_info(
                {
                    "client_email": source.client_email,
                    "private_key": source.private_key,
                    "private_key_id": source.private_key_id,
                    "token_uri": source.token_uri,
                },
                scopes=[_SCOPE],
            )
        case AuthorizedUser():
            credentials = user_credentials.Credentials(
                None,
                refresh_token=source.refresh_token,
                token_uri=source.token_uri,
                client_id=source.client_id,
                client_secret=source.client_secret,
            )
    return credentials


def fault_of(error: GoogleAuthError) -> UpstreamFault:
    """The fault of google-auth's error."""
    match error:
        case TransportError():
            return Unreachable("cannot be called: Google's token service cannot be reached")
        case RefreshError():
            refusal = None if error.retryable else _refusal(error)
            if refusal is None:
                # A proxy's page, say: no reason to take the credential out for good.
                return Unreachable("cannot be called: Google's token service has failed")
            return unusable(
                f"cannot be called: Google gives no token for the credential: {refusal}"
            )
        case _:
            return unusable(
                f"cannot be called: no token comes of the credential ({type(error).__name__})"
            )


def _refusal(error: RefreshError) -> str | None:
    """What the token service said, as OAuth has it (RFC 6749, 5.2); None if it said nothing so."""
    said = error.args[1] if len(error.args) > 1 else None
    if not isinstance(said, dict) or not isinstance(said.get("error"), str):
        return None
    description = said.get("error_description")
    return f"{said['error']}: {description}" if isinstance(description, str) else said["error"]
