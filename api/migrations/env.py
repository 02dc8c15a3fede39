"""How does Alembic meet a database of ours? Over the connection that `api.migrations` opened, in its one transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    # SQLite alters a table by making it anew. Triggers do not survive that: a revision that alters an append-only table
    # creates its triggers again.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
