"""The wire models of `/admin/v1/credentials`."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from miavo_gateway.sandbox.terms import SandboxTerms
from miavo_gateway.schema.admin import Body

__all__ = [
    "CredentialCreate",
    "CredentialList",
    "CredentialTest",
    "CredentialUpdate",
    "CredentialView",
]


class CredentialCreate(Body):
    """The body of `POST /admin/v1/credentials`."""

    provider: str = Field(min_length=1, max_length=64)
    secret: str | None = Field(default=None, min_length=1, max_length=20_000, repr=False)
    sandbox: SandboxTerms | None = None
    """In place of a secret: the sandbox answers instead of the provider, on these terms."""
    label: str | None = Field(default=None, min_length=1, max_length=64)
    """`default`, or `sandbox` for a simulated one, if not said."""
    base_url: str | None = Field(default=None, max_length=500)
    weight: int = Field(default=1, ge=1, le=1_000, strict=True)

    @model_validator(mode="after")
    def _real_or_simulated(self) -> Self:
        if (self.secret is None) == (self.sandbox is None):
            raise ValueError("a credential has either a secret or a sandbox")
        if self.sandbox is not None and self.base_url is not None:
            raise ValueError("the sandbox has an address of its own: leave out base_url")
        return self


class CredentialUpdate(Body):
    """The body of `PATCH /admin/v1/credentials/{id}`; what is left out stays as it is."""

    label: str | None = Field(default=None, min_length=1, max_length=64)
    weight: int | None = Field(default=None, ge=1, le=1_000, strict=True)
    base_url: str | None = Field(default=None, max_length=500)
    """Null goes back to the provider's own address."""
    sandbox: SandboxTerms | None = None
    """Of a simulated credential: all its terms."""

    @field_validator("label", "weight", "sandbox")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null")
        return value

    def changes(self) -> dict[str, Any]:
        """What was said, as the registry of credentials takes it."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if self.sandbox is not None:
            said["sandbox"] = self.sandbox.model_dump_json(exclude_defaults=True)
        return said


class CredentialView(BaseModel):
    """A credential of the pool, without its secret, and how it does."""

    id: str
    provider: str
    label: str
    masked: str
    base_url: str | None
    weight: int
    from_environment: bool
    sandbox: SandboxTerms | None
    """How the sandbox that stands in for the provider behaves; null for a real credential."""
    passing: bool
    """Of this run only, as `--sandbox` gives them."""
    created_at: str | None
    state: str
    reason: str
    back_in_seconds: float | None
    in_flight: int
    counts: dict[str, int]


class CredentialList(BaseModel):
    """The pool: credentials that variables give first, then the oldest first."""

    data: list[CredentialView]


class CredentialTest(BaseModel):
    """What the cheapest call with a credential gave."""

    ok: bool
    detail: str
    ms: float
