"""Alembic's entry: runs the migrations on the connection that `Database.migrate` hands over."""

from alembic import context

from kiosk import models_desk  # noqa: F401  its tables belong to the metadata
from kiosk.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
