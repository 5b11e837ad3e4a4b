"""Signing keys from a profile, a role or the SDK's default chain, by botocore; blocks.

Importing this module loads botocore, which takes a while: import it in a thread.
"""

from __future__ import annotations

import time
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    MetadataRetrievalError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnection

from miavo_gateway.providers.authorization import (
    AwsAccess,
    AwsDefaultChain,
    AwsKeys,
    AwsProfile,
    AwsRole,
)
from miavo_gateway.upstream.authorization.faults import unusable
from miavo_gateway.upstream.authorization.renewal import Lasting
from miavo_gateway.upstream.faults import ErrorClass, Refused, Unreachable, UpstreamFault
from miavo_gateway.upstream.refusal import classify

__all__ = ["AwsKeysFinder", "fault_of"]

_RENEW_BEFORE = 300.0
_LEAST_LEFT = 60.0
_LOOK_AGAIN = 60.0
"""Seconds after which botocore is asked again for keys that it renews itself. It does so at least
10 minutes before they end, and asking costs next to nothing while it need not."""
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    # Nor is a proxy of the environment used for anything else here.
    proxies={},
)


class AwsKeysFinder:
    """Finds the keys of one access, again and again. For one thread at a time."""

    def __init__(self, access: AwsAccess) -> None:
        self._access = access
        self._session: Any = None
        self._found: Any = None
        """botocore's credentials, which renew themselves where they can."""

    def find(self) -> Lasting[AwsKeys]:
        """The keys, and how long they hold.

        Raises:
            UpstreamFault: there are none to be had.
        """
        try:
            match self._access.source:
                case AwsRole() as role:
                    return self._of_role(role)
                case AwsKeys() as keys:
                    return _for_now(keys)
                case AwsProfile() | AwsDefaultChain() as source:
                    return _for_now(self._of_machine(source))
        except UpstreamFault:
            raise
        except Exception as error:  # noqa: BLE001  programs that a profile names are run in there
            # Not as a cause either: some hold keys.
            raise fault_of(error) from None

    def _of_role(self, role: AwsRole) -> Lasting[AwsKeys]:
        if isinstance(role.source, AwsKeys):
            keys = role.source
            session = self._opened(None)
        else:
            keys = self._of_machine(role.source)
            session = self._session
        asked = {"RoleArn": role.arn, "RoleSessionName": role.session_name}
        if role.external_id is not None:
            asked["ExternalId"] = role.external_id
        sts = session.create_client(
            "sts",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
        )
        try:
            given = sts.assume_role(**asked)["Credentials"]
        finally:
            sts.close()
        end = given["Expiration"].timestamp()
        return Lasting(
            AwsKeys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]),
            renew_at=end - _RENEW_BEFORE,
            until=end - _LEAST_LEFT,
        )

    def _of_machine(self, source: AwsProfile | AwsDefaultChain) -> AwsKeys:
        if self._found is None:
            session = self._opened(source.name if isinstance(source, AwsProfile) else None)
            self._found = session.get_credentials()
            if self._found is None:
                raise unusable("cannot be called: AWS's own configuration here has no credentials")
        frozen = self._found.get_frozen_credentials()
        return AwsKeys(frozen.access_key, frozen.secret_key, frozen.token)

    def _opened(self, profile: str | None) -> Any:
        if self._session is None:
            session = botocore.session.Session(profile=profile)
            session.set_config_variable("region", self._access.region)
            session.set_default_client_config(_CONFIG)
            self._session = session
        return self._session


def _for_now(keys: AwsKeys) -> Lasting[AwsKeys]:
    now = time.time()
    return Lasting(keys, renew_at=now + _LOOK_AGAIN, until=now + 5 * _LOOK_AGAIN)


def fault_of(error: Exception) -> UpstreamFault:
    """The fault of botocore's error.

    Only what AWS itself says is repeated; botocore's own words may quote a configuration file or
    the output of a program.
    """
    match error:
        case ClientError():
            return _refused(error)
        case NoConnection() | HTTPClientError():
            return Unreachable("cannot be called: AWS's token service cannot be reached")
        case MetadataRetrievalError():
            return Unreachable("cannot be called: the machine's AWS role cannot be read")
        case ProfileNotFound():
            return unusable(
                "cannot be called: the profile is not in this machine's AWS configuration"
            )
        case SSOError() | TokenRetrievalError():
            return unusable("cannot be called: the AWS login has ended; `aws sso login` renews it")
        case BotoCoreError():
            return unusable(
                "cannot be called: no AWS keys come of the credential "
                f"({type(error).__name__}); is the AWS configuration complete?"
            )
        case _:
            return unusable(
                f"cannot be called: looking for AWS keys failed ({type(error).__name__})"
            )


def _refused(error: ClientError) -> Refused:
    said = error.response.get("Error", {})
    code = str(said.get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    error_class = ErrorClass.THROTTLE if "Throttl" in code else classify(status)
    if error_class not in (ErrorClass.THROTTLE, ErrorClass.RETRY):
        # The caller of the gateway has no part in it, whatever the status.
        error_class = ErrorClass.BAD_CREDENTIAL
    return Refused(
        error_class, status, f"AWS gives no keys for the credential: {code}: {said.get('Message')}"
    )
