"""A request under way with a credential of the pool."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.health import Outcome

__all__ = ["Lease"]


class Lease:
    """Counts as one request in flight until it is released. Made by `Pool.lease`.

    Report once when the answer begins, and again if what follows fails. Leaving it without a
    report, as when the caller hangs up, says nothing about the credential.
    """

    __slots__ = ("_on_release", "_on_report", "_probe", "_released", "credential")

    def __init__(
        self,
        credential: Credential,
        probe: bool,
        on_report: Callable[[Credential, Outcome, bool], None],
        on_release: Callable[[Credential, bool], None],
    ) -> None:
        self.credential = credential
        self._probe = probe
        self._on_report = on_report
        self._on_release = on_release
        self._released = False

    def report(self, outcome: Outcome) -> None:
        """Tell the pool how the request went, so far."""
        # The first report is the probe's verdict; a later one is like any other request's.
        probe, self._probe = self._probe, False
        self._on_report(self.credential, outcome, probe)

    def release(self) -> None:
        """The request has ended. Releasing twice is as good as once."""
        if self._released:
            return
        self._released = True
        probe, self._probe = self._probe, False
        self._on_release(self.credential, probe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
