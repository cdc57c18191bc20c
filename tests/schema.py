"""Whether the tables that the migrations made are those of the models."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kiosk.database import Database
from kiosk.models import Base


def differences(database: Database) -> list[Any]:
    """What Alembic would change to make the database fit the models; names, types, keys and indexes."""
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))
