"""Alembic's entry point; `migrate` hands it the connection."""

from alembic import context
from sqlmodel import SQLModel

from miavo_gateway.store import tables  # noqa: F401  registers the tables' metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
