"""When a fault strikes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from miavo_gateway.sandbox.terms import Fault, SandboxTerms

__all__ = ["Misfortune"]


class Misfortune:
    """Decides, request by request, what goes wrong."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        """A fresh one.

        Args:
            chance: a number from 0 up to 1 at each call.
        """
        self._chance = chance
        self._seen: Counter[tuple[str, Fault]] = Counter()

    def strikes(self, credential_id: str, terms: SandboxTerms) -> Fault | None:
        """The fault to play for this request of a credential; the first of its terms that strikes.

        Every fault counts every request, whether or not an earlier one has struck.
        """
        struck = [fault for fault in terms.faults if self._strikes(credential_id, fault)]
        return struck[0] if struck else None

    def _strikes(self, credential_id: str, fault: Fault) -> bool:
        if fault.every is None:
            return self._chance() < fault.probability
        counted = (credential_id, fault)
        self._seen[counted] += 1
        return self._seen[counted] % fault.every == 0
