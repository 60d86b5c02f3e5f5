"""Alembic comes in here. The connection is given by rejectwatch.store.migrate, in an open transaction."""

from alembic import context

from rejectwatch.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,  # SQLite can, once BEGIN is ours; Alembic believes it can't
    compare_type=True,
)
context.run_migrations()
