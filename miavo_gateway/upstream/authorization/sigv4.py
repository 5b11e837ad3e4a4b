"""AWS Signature Version 4, by botocore.

Importing this module loads botocore, which takes a while: import it in a thread.
"""

from __future__ import annotations

from dataclasses import replace

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from miavo_gateway.providers.authorization import AwsKeys
from miavo_gateway.providers.exchange import WireRequest

__all__ = ["signed"]


def signed(wire: WireRequest, keys: AwsKeys, region: str, service: str) -> WireRequest:
    """The request with `authorization`, `x-amz-date` and, for temporary keys, the token.

    Its address, other headers and body are as they were and have to be sent just so: the path of
    the address, percent-encoded as it is, is what AWS reads the signature against.
    """
    request = AWSRequest(
        method=wire.method, url=wire.url, headers=dict(wire.headers), data=wire.body
    )
    credentials = ReadOnlyCredentials(
        keys.access_key_id, keys.secret_access_key, keys.session_token
    )
    SigV4Auth(credentials, service, region).add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return replace(wire, headers=headers, authorization=None)
