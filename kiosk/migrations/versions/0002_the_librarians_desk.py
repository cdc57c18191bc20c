"""The librarian's desk."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kiosk.models import UtcDateTime
from kiosk.search_text import search_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)
TITLES = sa.table("title", *map(sa.column, ("id", "title", "author", "isbn", "class_number", "search")))


def upgrade() -> None:
    _add_columns()
    _staff()
    _unknown_codes()
    _reconciliations()
    _reservations()
    _lines()
    _repairs_and_notes()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _a(name: str, kind: sa.types.TypeEngine[Any], may_lack: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=may_lack)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}")


def _while(name: str, table: str, columns: list[str], condition: str, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _add_columns() -> None:
    no, nothing = sa.false(), sa.text("''")
    op.add_column("title", sa.Column("search", sa.Text(), nullable=False, server_default=nothing))
    op.add_column("loan", sa.Column("excused", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("category_rule", sa.Column("precedence", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("lending_hours", _a("station", sa.String(length=40), True))
    op.add_column("ledger", _a("staff_id", sa.Integer(), True))
    op.create_index("ix_ledger_at", "ledger", ["at"])
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(TITLES.c.id, TITLES.c.title, TITLES.c.author, TITLES.c.isbn, TITLES.c.class_number)
    )
    found = [{"row": row[0], "text": search_text(*(each or "" for each in row[1:]))} for row in rows]
    if found:
        change = sa.update(TITLES).where(TITLES.c.id == sa.bindparam("row")).values(search=sa.bindparam("text"))
        connection.execute(change, found)


def _staff() -> None:
    op.create_table(
        "staff",
        _id(),
        _a("name", sa.String(length=40)),
        _a("role", sa.String(length=16)),
        _a("password", sa.Text()),
        _a("created_at", MOMENT),
        _a("disabled_at", MOMENT, True),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("name", name="uq_staff_name"),
    )
    op.create_table(
        "staff_session",
        _id(),
        _a("token", sa.String(length=64)),
        _a("staff_id", sa.Integer()),
        _a("address", sa.String(length=45)),
        _a("opened_at", MOMENT),
        _a("seen_at", MOMENT),
        _a("ended_at", MOMENT, True),
        _refers("staff_session", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.UniqueConstraint("token", name="uq_staff_session_token"),
    )
    op.create_table(
        "sign_in_attempt",
        _id(),
        _a("at", MOMENT),
        _a("account", sa.String(length=80)),
        _a("address", sa.String(length=45)),
        _a("outcome", sa.String(length=16)),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_account_at", "sign_in_attempt", ["account", "at"])
    op.create_index("ix_sign_in_attempt_address_at", "sign_in_attempt", ["address", "at"])


def _unknown_codes() -> None:
    op.create_table(
        "unknown_code",
        _id(),
        _a("text", sa.String(length=80)),
        _a("station", sa.String(length=40)),
        _a("at", MOMENT),
        _a("entry_id", sa.Integer()),
        _a("resolved_at", MOMENT, True),
        _a("resolved_by", sa.Integer(), True),
        _a("resolved_as", sa.String(length=16), True),
        _refers("unknown_code", "resolved_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_code"),
    )
    _while("ix_unknown_code_open", "unknown_code", ["text"], "resolved_at IS NULL")


def _reconciliations() -> None:
    op.create_table(
        "reconciliation",
        _id(),
        _a("opened_at", MOMENT),
        _a("opened_by", sa.Integer()),
        _a("finished_at", MOMENT, True),
        _a("finished_by", sa.Integer(), True),
        _refers("reconciliation", "opened_by", "staff"),
        _refers("reconciliation", "finished_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index("ix_reconciliation_finished_at", "reconciliation", ["finished_at"])
    op.create_table(
        "reconciliation_station",
        _a("reconciliation_id", sa.Integer()),
        _a("station", sa.String(length=40)),
        _refers("reconciliation_station", "reconciliation_id", "reconciliation"),
        sa.PrimaryKeyConstraint("reconciliation_id", "station", name="pk_reconciliation_station"),
    )
    op.create_table(
        "unseen_return",
        _id(),
        _a("copy_id", sa.Integer()),
        _a("loan_id", sa.Integer()),
        _a("reader_id", sa.Integer()),
        _a("station", sa.String(length=40)),
        _a("told_at", MOMENT),
        _a("entry_id", sa.Integer()),
        _a("settled_at", MOMENT, True),
        _a("settled_how", sa.String(length=16), True),
        _a("settled_by", sa.Integer(), True),
        _a("reconciliation_id", sa.Integer(), True),
        _refers("unseen_return", "copy_id", "copy"),
        _refers("unseen_return", "loan_id", "loan"),
        _refers("unseen_return", "reader_id", "reader"),
        _refers("unseen_return", "settled_by", "staff"),
        _refers("unseen_return", "reconciliation_id", "reconciliation"),
        sa.PrimaryKeyConstraint("id", name="pk_unseen_return"),
    )
    op.create_index("ix_unseen_return_loan_id", "unseen_return", ["loan_id"])
    op.create_index("ix_unseen_return_reconciliation_id", "unseen_return", ["reconciliation_id"])
    _while("uq_unseen_return_open_copy", "unseen_return", ["copy_id"], "settled_at IS NULL", unique=True)
    _while("ix_unseen_return_open_station", "unseen_return", ["station"], "settled_at IS NULL")
    op.create_table(
        "reconciliation_missing",
        _a("reconciliation_id", sa.Integer()),
        _a("unseen_id", sa.Integer()),
        _a("verdict", sa.String(length=16), True),
        _a("verdict_at", MOMENT, True),
        _a("verdict_by", sa.Integer(), True),
        _refers("reconciliation_missing", "reconciliation_id", "reconciliation"),
        _refers("reconciliation_missing", "unseen_id", "unseen_return"),
        _refers("reconciliation_missing", "verdict_by", "staff"),
        sa.PrimaryKeyConstraint("reconciliation_id", "unseen_id", name="pk_reconciliation_missing"),
    )


def _reservations() -> None:
    op.create_table(
        "reservation",
        _id(),
        _a("title_id", sa.Integer()),
        _a("reader_id", sa.Integer()),
        _a("precedence", sa.Boolean()),
        _a("made_at", MOMENT),
        _a("made_station", sa.String(length=40)),
        _a("made_by", sa.Integer(), True),
        _a("copy_id", sa.Integer(), True),
        _a("set_aside_at", MOMENT, True),
        _a("waits_until", sa.Date(), True),
        _a("ended_at", MOMENT, True),
        _a("ended_how", sa.String(length=16), True),
        _a("loan_id", sa.Integer(), True),
        _refers("reservation", "title_id", "title"),
        _refers("reservation", "reader_id", "reader"),
        _refers("reservation", "made_by", "staff"),
        _refers("reservation", "copy_id", "copy"),
        _refers("reservation", "loan_id", "loan"),
        sa.PrimaryKeyConstraint("id", name="pk_reservation"),
    )
    op.create_index("ix_reservation_loan_id", "reservation", ["loan_id"])
    _while("uq_reservation_open_reader", "reservation", ["reader_id", "title_id"], "ended_at IS NULL", unique=True)
    copy_is_set_aside = "ended_at IS NULL AND copy_id IS NOT NULL"
    _while("uq_reservation_open_copy", "reservation", ["copy_id"], copy_is_set_aside, unique=True)
    _while("ix_reservation_open_title", "reservation", ["title_id"], "ended_at IS NULL")


def _lines() -> None:
    op.create_table(
        "reconciliation_line",
        _id(),
        _a("reconciliation_id", sa.Integer()),
        _a("at", MOMENT),
        _a("staff_id", sa.Integer()),
        _a("scan_id", sa.String(length=64)),
        _a("code", sa.String(length=80)),
        _a("account", sa.String(length=16)),
        _a("destination", sa.String(length=16)),
        _a("copy_id", sa.Integer(), True),
        _a("unseen_id", sa.Integer(), True),
        _a("loan_id", sa.Integer(), True),
        _a("reservation_id", sa.Integer(), True),
        _a("unknown_id", sa.Integer(), True),
        _a("entry_id", sa.Integer()),
        _a("undone_at", MOMENT, True),
        _refers("reconciliation_line", "reconciliation_id", "reconciliation"),
        _refers("reconciliation_line", "staff_id", "staff"),
        _refers("reconciliation_line", "copy_id", "copy"),
        _refers("reconciliation_line", "unseen_id", "unseen_return"),
        _refers("reconciliation_line", "loan_id", "loan"),
        _refers("reconciliation_line", "reservation_id", "reservation"),
        _refers("reconciliation_line", "unknown_id", "unknown_code"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_line"),
        sa.UniqueConstraint("scan_id", name="uq_reconciliation_line_scan_id"),
    )
    op.create_index("ix_reconciliation_line_copy", "reconciliation_line", ["reconciliation_id", "copy_id"])


def _repairs_and_notes() -> None:
    op.create_table(
        "repair",
        _id(),
        _a("copy_id", sa.Integer()),
        _a("wrong", sa.String(length=200)),
        _a("sent_at", MOMENT),
        _a("sent_by", sa.Integer(), True),
        _a("mended_at", MOMENT, True),
        _a("mended_by", sa.Integer(), True),
        _refers("repair", "copy_id", "copy"),
        _refers("repair", "sent_by", "staff"),
        _refers("repair", "mended_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_repair"),
    )
    _while("uq_repair_open_copy", "repair", ["copy_id"], "mended_at IS NULL", unique=True)
    op.create_table(
        "reader_note",
        _id(),
        _a("reader_id", sa.Integer()),
        _a("text", sa.String(length=300)),
        _a("made_at", MOMENT),
        _a("made_by", sa.Integer(), True),
        _a("removed_at", MOMENT, True),
        _a("removed_by", sa.Integer(), True),
        _refers("reader_note", "reader_id", "reader"),
        _refers("reader_note", "made_by", "staff"),
        _refers("reader_note", "removed_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_reader_note"),
    )
    op.create_index("ix_reader_note_reader_id", "reader_note", ["reader_id"])
