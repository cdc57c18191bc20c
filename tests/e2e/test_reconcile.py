"""A day of the librarian: two kiosks, their boxes, two scanners, and whatever goes wrong meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import exists, select

from kiosk import outcome, reconciliations, reserving
from kiosk.models import Copy, Loan, Place, Reader, SchoolClass, Title
from tests.e2e.at_desk import DeskPage, account
from tests.e2e.conftest import NewDesk, NewScreen
from tests.e2e.running import Book, Kiosk, Pupil, token, until

ROOMS = ("room 1", "room 2")


@dataclass
class Day:
    """What was told at the two kiosks and what lies in the box."""

    told: list[Book]
    missing: list[Book]
    extra: list[Book]
    reserved: Book
    corner: Book
    damaged: Book
    waiting: Pupil

    @property
    def in_the_box(self) -> list[Book]:
        """The told ones that were really put in."""
        return [book for book in self.told if book not in self.missing]


def corner_book(kiosk: Kiosk) -> Book:
    """A copy of the book corner, which nobody has."""
    out = exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None))
    query = select(Copy.id, Copy.label, Title.title).join(Title, Title.id == Copy.title_id)
    query = query.join(Place, Place.id == Copy.place_id).where(Place.kind == "corner", ~out, Copy.state == "ok")
    with kiosk.database.reading() as connection:
        return Book(*connection.execute(query.order_by(Copy.label)).first())  # type: ignore[misc]


def pupil_of(kiosk: Kiosk, grade: int, number: int) -> Pupil:
    """A pupil of this class with nothing at home."""
    owing = exists().where(Loan.reader_id == Reader.id, Loan.returned_at.is_(None))
    query = select(Reader.id, Reader.card, Reader.name).join(SchoolClass, SchoolClass.id == Reader.class_id)
    query = query.where(SchoolClass.grade == grade, SchoolClass.number == number, Reader.category == "student", ~owing)
    with kiosk.database.reading() as connection:
        return Pupil(*connection.execute(query.order_by(Reader.id.desc())).first())  # type: ignore[misc]


def prepared(kiosk: Kiosk) -> Day:
    """Forty-two books at home, one of them reserved by somebody else, one from a class corner."""
    pupils = [kiosk.pupil() for _ in range(14)]
    lent = [kiosk.lent(pupil) for pupil in pupils for _ in range(3)]
    corner, owner = corner_book(kiosk), pupil_of(kiosk, 3, 2)
    now = datetime.now(UTC)
    given = kiosk.desk.lend(owner.id, corner.id, station="librarian", now=now - timedelta(days=3))
    assert given.verb == outcome.LENT, given
    told, extra = [*lent[:39], corner], lent[40:42]
    waiting = kiosk.pupil()
    staff = account(kiosk, "librarian")
    with kiosk.database.reading() as connection:
        title = connection.scalars(select(Copy.title_id).where(Copy.id == told[3].id)).one()
    made = kiosk.desk.at_counter(
        "librarian", now, None, lambda counter: reserving.reserve(counter, title, waiting.id), staff
    )
    assert made.verb == outcome.RESERVED
    return Day(told, told[10:15], extra, told[3], corner, told[16], waiting)


def open_boxes(page: DeskPage) -> str:
    """Tick both boxes and open them, by the keyboard alone; gives the address of the reconciliation."""
    page.go("/desk/reconcile")
    for box in page.page.locator("input[name=station]").all():
        if box.is_checked() != (box.input_value() in ROOMS):
            box.focus()
            page.page.keyboard.press("Space")
    page.page.locator("form.panel .button-main").focus()
    page.page.keyboard.press("Enter")
    page.page.wait_for_url("**/desk/reconcile/1")
    expect(page.page.locator("#tally-told")).to_have_text("40")
    return page.page.url.removeprefix(page.url)


def scanned(page: DeskPage, book: Book, word: str) -> None:
    """One book out of the box, and the large word that answers."""
    page.scan(book.label)
    expect(page.page.locator("#said")).to_contain_text(book.title)
    expect(page.page.locator("#said .said-word")).to_contain_text(word)


def tally(page: DeskPage) -> list[str]:
    """Told, in the box, missing, extra."""
    names = ("told", "box", "missing", "extra")
    return [page.page.locator(f"#tally-{name}").inner_text() for name in names]


def test_a_day(own_kiosk: Kiosk, new_screen: NewScreen, desk: NewDesk) -> None:
    kiosk, day = own_kiosk, prepared(own_kiosk)
    left, right = new_screen(kiosk, token(1)), new_screen(kiosk, token(2))
    for number, book in enumerate(day.told):
        screen = (left, right)[number % 2]
        screen.scan(book.label)
        screen.says("Returned", book.title)

    one, two = desk(kiosk, "/desk/reconcile"), desk(kiosk, "/desk/reconcile", role="assistant")
    address = open_boxes(one)
    two.go(address)
    box = day.in_the_box

    # Two people, two scanners, at the same time.
    for number, book in enumerate(box[:10]):
        page, other = (one, two) if number % 2 else (two, one)
        scanned(page, book, "Set aside" if book == day.reserved else "Confirmed")
        expect(other.page.locator("#body")).to_contain_text(book.title)
    expect(one.page.locator("#tally-box")).to_have_text("10")
    expect(two.page.locator("#tally-box")).to_have_text("10")
    assert day.waiting.name in two.page.locator("#body").inner_text()

    # One is scanned twice; another is damaged: P, and what is wrong by its number.
    scanned(one, box[10], "Confirmed")
    one.scan(box[10].label)
    expect(one.page.locator("#said .said-word")).to_contain_text("Scanned already")
    scanned(two, day.damaged, "Confirmed")
    two.presses("p")
    two.presses("1")
    expect(two.page.locator("#said .said-word")).to_contain_text("To be repaired")

    # The two extras, which the kiosk was never told of, and a code that nobody knows.
    for book in day.extra:
        scanned(one, book, "Returned now")
    two.scan("NO-SUCH-CODE")
    expect(two.page.locator("#said .said-word")).to_contain_text("Unknown code")

    # The browser is closed half-way, and opened again.
    one.page.close()
    one = desk(kiosk, address)
    expect(one.page.locator("#tally-box")).to_have_text("15")

    # The plug is pulled half-way; what is scanned meanwhile is kept, and counts once.
    rest = [book for book in box if book.label not in labels(one.page)]
    kiosk.kill()
    for book in rest[:3]:
        one.scan(book.label)
    expect(one.page.locator("#waiting")).to_contain_text("3")
    kiosk.start()
    expect(one.page.locator("#tally-box")).to_have_text("18", timeout=20_000)
    expect(two.page.locator("#tally-box")).to_have_text("18", timeout=20_000)

    for number, book in enumerate(rest[3:]):
        scanned((one, two)[number % 2], book, "Book corner" if book == day.corner else "Confirmed")
    expect(one.page.locator("#tally-box")).to_have_text("38")
    assert tally(one) == ["40", "38", "5", "3"]

    two.presses("f")
    two.page.keyboard.press("Enter")
    expect(two.page.locator("#missing")).to_be_visible()
    report(two, kiosk, day)


def labels(page: Page) -> set[str]:
    """The labels of the lines on the page."""
    return set(page.locator("#body .lines .code").all_inner_texts())


def report(page: DeskPage, kiosk: Kiosk, day: Day) -> None:
    """The final report names exactly the right books, on the page and in the database."""
    missing = page.page.locator("#missing tbody tr .code").all_inner_texts()
    assert sorted(missing) == sorted(book.label for book in day.missing)
    lines = page.page.locator("tr[data-account]").all()
    found = [(line.get_attribute("data-account"), line.get_attribute("data-label")) for line in lines]
    expected = [("confirmed", book.label) for book in day.in_the_box]
    expected += [("returned", book.label) for book in day.extra] + [("unknown", "NO-SUCH-CODE")]
    assert sorted(found) == sorted(expected)  # type: ignore[type-var]
    with kiosk.database.reading() as connection:
        rows = {row.label: row.destination for row in reconciliations.lines(connection, 1)}
        assert connection.scalars(select(Copy.state).where(Copy.label == day.damaged.label)).one() == "repair"
    assert rows[day.reserved.label] == "reserved" and rows[day.corner.label] == "corner"
    assert rows[day.damaged.label] == "repair"
    verdicts(page, kiosk, day)


def verdicts(page: DeskPage, kiosk: Kiosk, day: Day) -> None:
    """One is seen on the shelf by scanning it, one by a click; one is still searched for; one loan is open again."""
    page.scan(day.missing[0].label)
    settled = page.page.locator("#missing tr", has_text=day.missing[0].label)
    expect(settled.locator(".badge")).to_have_text("Seen on the shelf")
    for book, verdict in zip(day.missing[1:4], ("shelf", "searching", "reopened"), strict=True):
        row = page.page.locator("#missing tr", has_text=book.label)
        row.locator(f"button[value={verdict}]").press("Enter")
        expect(row.locator(".badge")).to_be_visible()
    at_home = until(lambda: kiosk.told(day.missing[3]))
    assert at_home[-1] == "returned"  # the screen's last word of it; the desk's is the counter-entry below
    with kiosk.database.reading() as connection:
        loan = connection.execute(
            select(Loan.excused, Loan.returned_at).where(Loan.copy_id == day.missing[3].id).order_by(Loan.id.desc())
        ).first()
        still = reconciliations.told_at(connection)
    assert loan is not None and loan.excused and loan.returned_at is None
    assert (
        sum(still.get(room, 0) for room in ROOMS) == 2
    )  # the one searched for and the one without a verdict are asked again
    page.go("/desk/reconcile")
    told = [page.page.locator(".box", has=page.page.locator(f"[value='{room}']")).inner_text() for room in ROOMS]
    assert sum(int(text.split()[-3]) for text in told) == 2
