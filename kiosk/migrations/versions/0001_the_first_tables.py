"""The first tables."""

import sqlalchemy as sa
from alembic import op

from kiosk.models import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPEN = sa.text("returned_at IS NULL")


def upgrade() -> None:
    _rules()
    _calendar()
    _readers()
    _stock()
    _loans()
    _ledger()


def _rules() -> None:
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "category_rule",
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("overdue_blocks", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("category", name="pk_category_rule"),
    )
    op.create_table(
        "kind_rule",
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("renew_within", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("category", "kind", name="pk_kind_rule"),
    )


def _calendar() -> None:
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_term"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_day"),
    )
    op.create_table(
        "lending_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lending_hours"),
    )


def _readers() -> None:
    op.create_table(
        "school_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_school_class"),
        sa.UniqueConstraint("grade", "number", name="uq_school_class_grade_number"),
    )
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("card_expires_on", sa.Date(), nullable=True),
        sa.Column("card_lost_on", sa.Date(), nullable=True),
        sa.Column("suspended_until", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["school_class.id"], name="fk_reader_class_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reader"),
        sa.UniqueConstraint("card", name="uq_reader_card"),
    )
    op.create_index("ix_reader_class_id", "reader", ["class_id"], unique=False)


def _stock() -> None:
    op.create_table(
        "title",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("isbn", sa.String(length=13), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("publisher", sa.String(length=200), nullable=False),
        sa.Column("class_number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_title"),
    )
    op.create_index("ix_title_isbn", "title", ["isbn"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["school_class.id"], name="fk_place_class_id"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("name", name="uq_place_name"),
    )
    op.create_table(
        "copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("accession", sa.String(length=40), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_copy_place_id"),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name="fk_copy_title_id"),
        sa.PrimaryKeyConstraint("id", name="pk_copy"),
        sa.UniqueConstraint("label", name="uq_copy_label"),
    )
    op.create_index("ix_copy_place_id", "copy", ["place_id"], unique=False)
    op.create_index("ix_copy_title_id", "copy", ["title_id"], unique=False)


def _loans() -> None:
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("lent_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("lent_station", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("returned_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("returned_station", sa.String(length=40), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["copy_id"], ["copy.id"], name="fk_loan_copy_id"),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name="fk_loan_reader_id"),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name="fk_loan_title_id"),
        sa.PrimaryKeyConstraint("id", name="pk_loan"),
    )
    op.create_index(
        "ix_loan_open_reader", "loan", ["reader_id"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_loan_reader_title", "loan", ["reader_id", "title_id"], unique=False)
    op.create_index("uq_loan_open_copy", "loan", ["copy_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("copy_id", sa.Integer(), nullable=True),
        sa.Column("loan_id", sa.Integer(), nullable=True),
        sa.Column("scan_id", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.UniqueConstraint("scan_id", name="uq_ledger_scan_id"),
        sa.UniqueConstraint("station", "number", name="uq_ledger_station_number"),
    )
    _make_the_ledger_append_only()


def _make_the_ledger_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_refuses_{verb.lower()} BEFORE {verb} ON ledger "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()"
    )
