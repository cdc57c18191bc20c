"""The words for the staff: what the desk says of a reader or a book, where a child would be told it otherwise; and what
the staff can do about it."""

from collections.abc import Mapping

from kiosk import wording
from kiosk.decision import Finding, Reason, Tier
from kiosk.marks import counted, say
from kiosk.words import translations

SENTENCES: Mapping[Reason, str | tuple[str, str, str]] = {
    Reason.SUSPENDED: say("Suspended until %(until)s."),
    Reason.CARD_EXPIRED: say("The card ended on %(on)s."),
    Reason.CARD_LOST: say("The card was reported lost."),
    Reason.LEFT_SCHOOL: say("The reader has left the school."),
    Reason.IN_REPAIR: say("The book is in repair."),
    Reason.NEEDS_REPAIR: say("The book is in repair."),
    Reason.READING_ROOM_ONLY: say("For the reading room only."),
    Reason.FOUND: say("Was given up for lost, and is found."),
    Reason.ALREADY_YOURS: say("Is on this reader's card already."),
    Reason.ON_LOAN_TO_ANOTHER: say("Is on another reader's card."),
    Reason.OUTSIDE_HOURS: say("Outside the lending hours."),
    Reason.KIND_NOT_LENT: say("This kind is not lent to this category."),
    Reason.LIMIT_REACHED: say("Limit reached: %(held)s of %(limit)s."),
    Reason.KIND_LIMIT_REACHED: say("Limit of this kind reached: %(held)s of %(limit)s."),
    Reason.OVERDUE_AT_HOME: counted("%(count)s book is overdue.", "%(count)s books are overdue.", "count"),
    Reason.SAME_TITLE: say("Has another copy of this title at home."),
    Reason.READ_BEFORE: say("Has had this title before."),
    Reason.RENEWALS_REACHED: counted("Renewed %(limit)s time already.", "Renewed %(limit)s times already.", "limit"),
    Reason.RENEW_LATER: counted("Renewing begins in %(days)s day.", "Renewing begins in %(days)s days.", "days"),
    Reason.NOT_YOURS: say("Is not on this reader's card."),
    Reason.CANNOT_UNDO: say("Things have moved on since."),
    Reason.RESERVED: say("Somebody else has reserved it."),
    Reason.SET_ASIDE: say("Somebody has reserved it."),
    Reason.ALREADY_RESERVED: say("Is reserved for this reader already."),
    Reason.ON_THE_SHELF: say("A free copy is on the shelf."),
    Reason.RESERVATIONS_REACHED: say("Limit of reservations reached: %(limit)s."),
    Reason.NOT_ALLOWED: say("Only a librarian may do this."),
}

ADVICE: Mapping[Reason, str] = {
    Reason.CARD_LOST: say("Take the card in. Books can be returned; to lend, the reader needs a new card."),
    Reason.LEFT_SCHOOL: say("Books can be returned, but not lent."),
    Reason.READER_UNKNOWN: say("Scan the card again, or find the reader by name."),
    Reason.COPY_UNKNOWN: say("Put the book aside until it is catalogued."),
    Reason.WITHDRAWN: say("Put it aside: it is no longer in the stock."),
    Reason.ALREADY_YOURS: say("There is nothing to do."),
    Reason.ON_LOAN_TO_ANOTHER: say("Scan it with nobody's page open: it is taken back first."),
    Reason.NOT_YOURS: say("Scan the book to see whose it is."),
    Reason.SAME_TITLE: say("Let the reader bring that copy back first."),
    Reason.CANNOT_UNDO: say("Scan the book and go on from how it is now."),
    Reason.ALREADY_RESERVED: say("There is nothing to do."),
    Reason.TITLE_UNKNOWN: say("No copy of it is in the stock."),
    Reason.NOT_ALLOWED: say("Ask a librarian to sign in and do it."),
}


def sentence(finding: Finding, locale: str) -> str:
    """The sentence for the staff; the reader's own where there is no other."""
    return wording.sentence(finding, locale, SENTENCES)


def advice(findings: tuple[Finding, ...], locale: str) -> str:
    """What the staff do about the first thing that nobody may pass over; nothing where there is none."""
    hard = [each.reason for each in findings if each.tier is Tier.REFUSE]
    if Reason.NOT_ALLOWED in hard:
        hard = [Reason.NOT_ALLOWED]
    known = [ADVICE[each] for each in hard[:1] if each in ADVICE]
    return translations(locale).gettext(known[0]) if known else ""
