"""The tables of the librarian's desk: who works there, what is not yet seen, what is reserved, repaired or unknown.

As everywhere, what is over is not deleted: it has a moment and a name at both ends.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.models import Base


def _while(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index over the rows for which a condition still holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(condition), postgresql_where=text(condition))


class Staff(Base):
    """Who may sign in at the desk. `role` is librarian or assistant; `password` an argon2 hash."""

    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """One browser signed in. `token` is the SHA-256 of what its cookie holds."""

    __tablename__ = "staff_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    address: Mapped[str] = mapped_column(String(45))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """Somebody tried to sign in, at an account that may not even exist, from an address."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account_at", "account", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))
    outcome: Mapped[str] = mapped_column(String(16))


class UnseenReturn(Base):
    """A copy that a kiosk was told came back and that nobody of the library has seen yet.

    `settled_how` is box, shelf, reopened, undone, lent, counter or lost; `entry_id` is the return's in the ledger.
    """

    __tablename__ = "unseen_return"
    __table_args__ = (
        _while("uq_unseen_return_open_copy", "settled_at IS NULL", "copy_id", unique=True),
        _while("ix_unseen_return_open_station", "settled_at IS NULL", "station"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("copy.id"))
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    station: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime]
    entry_id: Mapped[int]
    settled_at: Mapped[datetime | None]
    settled_how: Mapped[str | None] = mapped_column(String(16))
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reconciliation_id: Mapped[int | None] = mapped_column(ForeignKey("reconciliation.id"), index=True)


class Reconciliation(Base):
    """One comparing of what the kiosk was told with what lies in the box. Open until it is `finished_at`."""

    __tablename__ = "reconciliation"
    id: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ReconciliationStation(Base):
    """A station whose box is looked through. A station is in one open reconciliation at most."""

    __tablename__ = "reconciliation_station"
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)


class ReconciliationLine(Base):
    """One thing found in the box, scanned once; `undone_at` when it was scanned by mistake.

    `account` is confirmed, returned, already or unknown: how it stands to what the kiosk was told.
    `destination` is shelf, reserved, corner, repair, withdrawn, found or unknown: where the thing goes now.
    """

    __tablename__ = "reconciliation_line"
    __table_args__ = (Index("ix_reconciliation_line_copy", "reconciliation_id", "copy_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"))
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    scan_id: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(String(80))
    account: Mapped[str] = mapped_column(String(16))
    destination: Mapped[str] = mapped_column(String(16))
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("copy.id"))
    unseen_id: Mapped[int | None] = mapped_column(ForeignKey("unseen_return.id"))
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"))
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    unknown_id: Mapped[int | None] = mapped_column(ForeignKey("unknown_code.id"))
    entry_id: Mapped[int]
    undone_at: Mapped[datetime | None]


class ReconciliationMissing(Base):
    """A return that was told and not found in the box. `verdict` is shelf, searching or reopened, once there is one."""

    __tablename__ = "reconciliation_missing"
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"), primary_key=True)
    unseen_id: Mapped[int] = mapped_column(ForeignKey("unseen_return.id"), primary_key=True)
    verdict: Mapped[str | None] = mapped_column(String(16))
    verdict_at: Mapped[datetime | None]
    verdict_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Reservation(Base):
    """A reader waits for a title. With a `copy_id` that copy is set aside until `waits_until`, that day included.

    `ended_how` is fetched (by `loan_id`), cancelled or expired. Those with `precedence` come first, then the eldest.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        _while("uq_reservation_open_reader", "ended_at IS NULL", "reader_id", "title_id", unique=True),
        _while("uq_reservation_open_copy", "ended_at IS NULL AND copy_id IS NOT NULL", "copy_id", unique=True),
        _while("ix_reservation_open_title", "ended_at IS NULL", "title_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"))
    precedence: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    made_station: Mapped[str] = mapped_column(String(40))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("copy.id"))
    set_aside_at: Mapped[datetime | None]
    waits_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(String(16))
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"), index=True)


class Repair(Base):
    """A copy sent to be mended, and what is wrong with it."""

    __tablename__ = "repair"
    __table_args__ = (_while("uq_repair_open_copy", "mended_at IS NULL", "copy_id", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("copy.id"))
    wrong: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    mended_at: Mapped[datetime | None]
    mended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ReaderNote(Base):
    """What the staff wrote about a reader, for the staff."""

    __tablename__ = "reader_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reader.id"), index=True)
    text: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class UnknownCode(Base):
    """A scanned code that is nothing of ours. `resolved_as` is copy, card or dismissed, once somebody has looked."""

    __tablename__ = "unknown_code"
    __table_args__ = (_while("ix_unknown_code_open", "resolved_at IS NULL", "text"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(80))
    station: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    entry_id: Mapped[int]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    resolved_as: Mapped[str | None] = mapped_column(String(16))
