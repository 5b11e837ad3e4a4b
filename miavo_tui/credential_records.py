"""What the admin API says of the pool."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_tui import json_fields
from miavo_tui.json_fields import JsonObject

__all__ = ["CredentialRow", "CredentialTrial", "Fault", "SandboxTerms"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong in a sandbox, now and then."""

    kind: str
    """A status such as `429`, or `cut`, `silence`, `malformed` or `error-event`."""
    probability: float
    every: int | None
    """Goes wrong at each n-th request instead."""

    @classmethod
    def from_json(cls, data: JsonObject) -> Fault:
        """Reads one fault."""
        return cls(
            kind=json_fields.text(data, "kind"),
            probability=json_fields.field(data, "probability", float),
            every=json_fields.optional(data, "every", int),
        )

    def __str__(self) -> str:
        """As the command line writes it: `429:0.2`, `cut:every5`, `500`."""
        if self.every is not None:
            return f"{self.kind}:every{self.every}"
        return self.kind if self.probability >= 1 else f"{self.kind}:{self.probability:g}"


@dataclass(frozen=True, slots=True)
class SandboxTerms:
    """How a sandbox behaves."""

    latency_ms: float
    """Milliseconds before an answer begins."""
    rate: float | None
    """Output tokens per second; None: as fast as can be."""
    faults: tuple[Fault, ...]

    @classmethod
    def from_json(cls, data: JsonObject) -> SandboxTerms:
        """Reads terms."""
        return cls(
            latency_ms=json_fields.field(data, "latency_ms", float),
            rate=json_fields.optional(data, "rate", float),
            faults=tuple(map(Fault.from_json, json_fields.objects(data, "faults"))),
        )


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential of the pool, without its secret, and how it does."""

    id: str
    provider: str
    label: str
    masked: str
    """What a person recognises the secret by."""
    base_url: str | None
    weight: int
    from_environment: bool
    sandbox: SandboxTerms | None
    """How the sandbox behaves that answers in place of the provider; None for a real one."""
    passing: bool
    """Of this run only, as `--sandbox` gives them."""
    state: str
    """`ok`, `cooling`, `open`, `half_open`, `out`, `disabled` or `no_secret`."""
    reason: str
    """The provider's words for its trouble; empty without trouble."""
    back_in_seconds: float | None
    in_flight: int
    counts: tuple[tuple[str, int], ...]
    """Requests since the start, by what came of them."""

    @property
    def simulated(self) -> bool:
        """Whether the sandbox answers in place of the provider."""
        return self.sandbox is not None

    @property
    def requests(self) -> int:
        """Requests since the start."""
        return sum(count for _, count in self.counts)

    @classmethod
    def from_json(cls, data: JsonObject) -> CredentialRow:
        """Reads one credential."""
        sandbox: JsonObject | None = json_fields.optional(data, "sandbox", dict)
        counts: JsonObject = json_fields.field(data, "counts", dict)
        return cls(
            id=json_fields.text(data, "id"),
            provider=json_fields.text(data, "provider"),
            label=json_fields.text(data, "label"),
            masked=json_fields.text(data, "masked"),
            base_url=json_fields.optional_text(data, "base_url"),
            weight=json_fields.field(data, "weight", int),
            from_environment=json_fields.field(data, "from_environment", bool),
            sandbox=None if sandbox is None else SandboxTerms.from_json(sandbox),
            passing=json_fields.field(data, "passing", bool),
            state=json_fields.text(data, "state"),
            reason=json_fields.text(data, "reason"),
            back_in_seconds=json_fields.optional(data, "back_in_seconds", float),
            in_flight=json_fields.field(data, "in_flight", int),
            counts=tuple((name, json_fields.field(counts, name, int)) for name in counts),
        )


@dataclass(frozen=True, slots=True)
class CredentialTrial:
    """What the cheapest call with a credential gave."""

    ok: bool
    detail: str
    ms: float

    @classmethod
    def from_json(cls, data: JsonObject) -> CredentialTrial:
        """Reads the answer of a credential's `test`."""
        return cls(
            ok=json_fields.field(data, "ok", bool),
            detail=json_fields.text(data, "detail"),
            ms=json_fields.field(data, "ms", float),
        )
