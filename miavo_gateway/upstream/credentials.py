"""All credentials: added, listed, disabled, removed, and read from the environment.

They are few and wanted by every request, so all are held in memory with their secrets; a change
is written first and seen by the very next request. The database holds everything but the secret.
"""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.clock import now_us
from miavo_gateway.errors import ConfigurationError, InvalidRequest, NotFound
from miavo_gateway.log import log
from miavo_gateway.sandbox.registry import SANDBOX_PROVIDERS
from miavo_gateway.sandbox.server import SandboxServer
from miavo_gateway.sandbox.terms import SandboxTerms
from miavo_gateway.store.tables import credential_table
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.upstream.credential import (
    Credential,
    checked_base_url,
    checked_label,
    checked_secret,
    checked_weight,
    with_changes,
)
from miavo_gateway.upstream.environment import environment_credentials
from miavo_gateway.upstream.secrets import Secret, SecretStore
from miavo_gateway.upstream.simulated import SANDBOX_LABEL, hosted, tenant_of

__all__ = ["Credentials"]

T = TypeVar("T")


class Credentials:
    """The credentials of a gateway. It is the pool's source: see `Pool`."""

    def __init__(
        self,
        engine: AsyncEngine,
        writer: GroupCommitWriter,
        store: SecretStore,
        *,
        providers: Collection[str],
        environment: Mapping[str, str],
    ) -> None:
        """A registry; `load` fills it.

        Args:
            engine: for reading.
            writer: for writing.
            store: where the secrets are.
            providers: the ids of the providers that take a credential.
            environment: the variables of the process.
        """
        self._engine = engine
        self._writer = writer
        self._store = store
        self._providers = frozenset(providers)
        # Read here, so that the variables, with secrets in the open, are not held on to.
        self._given = environment_credentials(environment, self._providers)
        self.sandbox = SandboxServer(
            lambda credential_id: tenant_of(self._by_id.get(credential_id))
        )
        """Listens once there is a simulated credential."""
        self._by_id: dict[str, Credential] = {}
        self._by_provider: dict[str, tuple[Credential, ...]] = {}
        # Changes come one after another, so that a label is free from its check to its writing.
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[Any]] = set()

    async def load(self) -> None:
        """Read the credentials and their secrets.

        A secret that the store does not give leaves its credential listed, with the problem, and
        unused: a locked keyring must not keep the rest of the gateway from starting. Without
        stored credentials the store is not asked at all.
        """
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(credential_table))).mappings().all()
        found = {row["id"]: Credential(secret=None, **row) for row in rows}
        for credential in found.values():
            if credential.simulated:
                found[credential.id] = await hosted(credential, self.sandbox)
        self._by_id = found | {given.id: given for given in self._given}
        self._sort()
        await self.load_secrets()

    async def load_secrets(self) -> None:
        """Ask the store for the secrets that are missing, as after a keyring was unlocked."""
        failure: str | None = None
        for credential in self.all():
            if credential.secret is not None or credential.simulated:
                continue
            secret: Secret | None = None
            problem = failure
            if failure is None:
                try:
                    secret = await self._store.get(credential.id)
                    problem = None if secret else "its secret is not in the store of secrets"
                except ConfigurationError as error:
                    # The next would fail alike, each after the full wait for the keyring.
                    failure = problem = error.message
                    log.warning("secrets of providers cannot be read: %s", error.message)
            # Asked for again: it may have been removed or disabled while the keyring was asked.
            if (now := self._by_id.get(credential.id)) is not None:
                self._remember(replace(now, secret=secret, problem=problem))

    def all(self) -> tuple[Credential, ...]:
        """Every credential: those of the environment first, then the oldest first."""
        return tuple(sorted(self._by_id.values(), key=lambda one: (one.created_at, one.id)))

    def of(self, provider: str) -> tuple[Credential, ...]:
        """Every credential of a provider, in the order of `all`."""
        return self._by_provider.get(provider, ())

    def secrets(self) -> tuple[Secret, ...]:
        """Every secret in memory, for the cleaning of messages."""
        return tuple(one.secret for one in self._by_id.values() if one.secret is not None)

    def get(self, credential_id: str) -> Credential:
        """One credential.

        Raises:
            NotFound: there is none with this id.
        """
        try:
            return self._by_id[credential_id]
        except KeyError:
            raise NotFound(f"There is no credential with the id '{credential_id[:64]}'.") from None

    async def add(
        self,
        provider: str,
        secret: str,
        *,
        label: str = "default",
        base_url: str | None = None,
        weight: int = 1,
    ) -> Credential:
        """Add a credential.

        Raises:
            InvalidRequest: the provider is unknown or takes no credential, the label is taken, a
                field is out of range, or the store of secrets cannot be used.
        """
        self._check_provider(provider)
        kept = checked_secret(secret, provider)
        credential = Credential(
            id="cred_" + random.token_hex(8),
            provider=provider,
            label=checked_label(label),
            secret=kept,
            masked=kept.masked,
            base_url=checked_base_url(base_url),
            weight=checked_weight(weight),
            created_at=now_us(),
        )
        return await self._whole(self._add(credential, kept))

    async def simulate(
        self,
        provider: str,
        terms: SandboxTerms,
        *,
        label: str = SANDBOX_LABEL,
        weight: int = 1,
    ) -> Credential:
        """Add a credential for which the sandbox answers in place of the provider.

        Raises:
            InvalidRequest: the provider is unknown or cannot be simulated, the label is taken, or
                a field is out of range.
        """
        self._check_provider(provider)
        if provider not in SANDBOX_PROVIDERS:
            known = ", ".join(sorted(SANDBOX_PROVIDERS))
            raise InvalidRequest(
                f"'{provider}' cannot be simulated. Those that can be: {known}.", param="provider"
            )
        credential = Credential(
            id="cred_" + random.token_hex(8),
            provider=provider,
            label=checked_label(label),
            secret=None,
            masked="…",
            weight=checked_weight(weight),
            created_at=now_us(),
            sandbox=terms.model_dump_json(exclude_defaults=True),
        )
        return await self._whole(self._add(await hosted(credential, self.sandbox), None))

    async def simulate_rest(self) -> None:
        """Stand in, for this run only, for every provider that has no other credential in use."""
        for provider in sorted(SANDBOX_PROVIDERS & self._providers):
            if any(not one.disabled for one in self.of(provider)):
                continue
            credential = Credential(
                id=f"cred_sandbox_{provider}",
                provider=provider,
                label=SANDBOX_LABEL,
                secret=None,
                masked="…",
                sandbox="{}",
                passing=True,
            )
            self._remember(await hosted(credential, self.sandbox))

    async def update(self, credential_id: str, changes: Mapping[str, Any]) -> Credential:
        """Change some fields of a credential, from the next request on; see `with_changes`.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: a variable gives it, or it is of this run only; the label is taken; or
                a field cannot be changed so.
        """
        return await self._whole(
            self._change(credential_id, lambda one: with_changes(one, changes))
        )

    async def remove(self, credential_id: str) -> Credential:
        """Remove a credential and its secret; the credential that was.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: a variable gives it, or the store of secrets cannot be used.
        """
        return await self._whole(self._remove(credential_id))

    async def disable(self, credential_id: str) -> Credential:
        """Use a credential no more until it is enabled again.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: a variable gives it.
        """
        return await self._whole(
            self._change(credential_id, lambda one: replace(one, disabled=True))
        )

    async def enable(self, credential_id: str) -> Credential:
        """Use a disabled credential again.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: a variable gives it.
        """
        return await self._whole(
            self._change(credential_id, lambda one: replace(one, disabled=False))
        )

    async def _whole(self, change: Coroutine[Any, Any, T]) -> T:
        """Run a change to its end even if its caller is cancelled: two places are written."""
        task = asyncio.ensure_future(change)
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return await asyncio.shield(task)

    async def _add(self, credential: Credential, secret: Secret | None) -> Credential:
        async with self._turn:
            self._check_label(credential)
            # The secret first: a crash in between leaves one that nobody uses, and not a
            # credential that cannot work.
            if secret is not None:
                try:
                    await self._store.set(credential.id, secret)
                except ConfigurationError as error:
                    raise InvalidRequest(f"The secret was not kept: {error.message}.") from None
            row = {name: getattr(credential, name) for name in credential_table.c.keys()}  # noqa: SIM118
            if credential.simulated:
                row["base_url"] = None  # the sandbox has another port at the next start

            def insert_credential(connection: Connection) -> None:
                connection.execute(insert(credential_table).values(row))

            try:
                await self._writer.write(insert_credential)
            except BaseException as error:
                if secret is not None:
                    await self._forget_secret(credential)
                if isinstance(error, IntegrityError):  # another process was first
                    raise _label_taken(credential) from None
                raise
            self._remember(credential)
            return credential

    async def _remove(self, credential_id: str) -> Credential:
        async with self._turn:
            credential = self._changeable(credential_id)
            if not credential.simulated:
                try:
                    await self._store.delete(credential_id)
                except ConfigurationError as error:
                    raise InvalidRequest(f"The secret was not removed: {error.message}.") from None

            def delete_credential(connection: Connection) -> None:
                connection.execute(
                    delete(credential_table).where(credential_table.c.id == credential_id)
                )

            # From here on it is of no use, whether or not the row can be deleted.
            del self._by_id[credential_id]
            self._sort()
            await self._writer.write(delete_credential)
            return credential

    async def _change(
        self, credential_id: str, change: Callable[[Credential], Credential]
    ) -> Credential:
        async with self._turn:
            before = self._changeable(credential_id)
            after = change(before)
            if after.label != before.label:
                self._check_label(after)
            columns = credential_table.c.keys()
            row = {
                name: getattr(after, name)
                for name in columns
                if getattr(after, name) != getattr(before, name)
            }

            def write(connection: Connection) -> None:
                connection.execute(
                    update(credential_table)
                    .where(credential_table.c.id == credential_id)
                    .values(row)
                )

            if row:
                try:
                    await self._writer.write(write)
                except IntegrityError:  # another process was first
                    raise _label_taken(after) from None
            # Its secret may have been read meanwhile.
            self._remember(replace(self.get(credential_id), **row))
            return self.get(credential_id)

    def _check_label(self, credential: Credential) -> None:
        if any(one.label == credential.label for one in self.of(credential.provider)):
            raise _label_taken(credential)

    def _check_provider(self, provider: str) -> None:
        if provider not in self._providers:
            known = ", ".join(sorted(self._providers))
            raise InvalidRequest(
                f"'{provider[:64]}' is no provider that takes a credential. Those are: {known}.",
                param="provider",
            )

    def _remember(self, credential: Credential) -> None:
        self._by_id[credential.id] = credential
        self._sort()

    def _sort(self) -> None:
        """Keep what every request asks for ready, since changes are rare."""
        ordered = self.all()
        self._by_provider = {
            provider: tuple(one for one in ordered if one.provider == provider)
            for provider in {one.provider for one in ordered}
        }

    def _changeable(self, credential_id: str) -> Credential:
        credential = self.get(credential_id)
        if credential.from_environment:
            raise InvalidRequest(
                f"The credential '{credential.label}' for {credential.provider} comes from a "
                "variable of the environment: unset it there and start the gateway again."
            )
        if credential.passing:
            raise InvalidRequest(
                f"The simulated credential for {credential.provider} is of this run only: start "
                "the gateway without --sandbox, or add one with its own settings."
            )
        return credential

    async def _forget_secret(self, credential: Credential) -> None:
        try:
            await self._store.delete(credential.id)
        except ConfigurationError as error:
            log.warning("the secret of %s stays in the store: %s", credential.id, error.message)


def _label_taken(credential: Credential) -> InvalidRequest:
    return InvalidRequest(
        f"There is a credential '{credential.label}' for {credential.provider} already.",
        param="label",
    )
