"""How Alembic runs here: on the connection that `deploy.migrate` opened, in its transaction."""

from alembic import context

from deploy.migrations.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
