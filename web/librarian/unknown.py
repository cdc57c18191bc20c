"""Unknown codes: what was scanned and is nothing of ours, and how it becomes a copy, a label, a card, or nothing."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from kiosk import newcomers, reader_search, search, stock, unknown_codes
from kiosk.counter import Counter
from kiosk.labels import CopyLabel, LabelRules, ReaderCard
from kiosk.marks import say
from kiosk.newcomer_checks import NewCopy, NewReader, NewTitle, is_isbn, number_of, usable
from kiosk.newcomers import Made
from kiosk.policy import CATEGORIES, KINDS
from kiosk.unknown_codes import Stranger
from web import posted
from web.librarian import classes, moments
from web.librarian.door import bp, house, notice, person, render, words
from web.librarian.onward import onward
from web.librarian.serving import at_desk

WAYS = ("copy", "label", "card")
MOST = 12  # of whatever was found
_LISTED = 200  # codes; whoever has more dismisses some first
_DONE = {
    newcomers.COPY_ADDED: say("The book is in the stock now, and can be lent at once."),
    newcomers.RELABELLED: say("The book has its new label. The old one is no longer known."),
    newcomers.READER_ADDED: say("The reader is there now, and can borrow at once."),
    newcomers.CARD_CHANGED: say("The reader has a new card. The old number is nobody's any more."),
    "resolved": say("Dismissed. If it is scanned again, it appears again."),
}
_KINDS = {"book": say("Book"), "periodical": say("Periodical"), "textbook": say("Textbook")}


@bp.get("/unknown")
def unknown() -> str:
    """Every code that nobody has looked at."""
    with house().database.reading() as connection:
        codes, count = unknown_codes.waiting(connection, _LISTED), unknown_codes.count(connection)
    return render("librarian/unknown.html", codes=codes, count=count, when=moments.when, ago=moments.ago)


@bp.get("/unknown/<int:number>")
def unknown_one(number: int) -> str:
    """One code, and what it may be: ?as= one of WAYS, ?q= what to find, ?id= what was chosen, ?new=1 what is new."""
    return _page(number)


@bp.post("/unknown/<int:number>")
def unknown_settle(number: int) -> ResponseReturnValue:
    """Say what it is: {"do": copy, label, card, reader or dismiss, "key": makes it happen once}, and the rest."""
    form = request.form

    def work(counter: Counter) -> Made:
        told = counter.told()
        return Made(told[0]) if told else _done(counter, number)

    made = at_desk(work, posted.scan_id({"id": form.get("key")}))
    if made.problem or made.outcome is None:
        return _page(number, made.problem), 422
    notice("well", words(_DONE.get(made.outcome.verb, _DONE["resolved"])))
    return redirect(onward(form.get("next", "")) or _next(), 303)


def _done(counter: Counter, number: int) -> Made:
    form, rules = request.form, _rules()
    chosen = _whole(form.get("id"))
    match form.get("do"):
        case "copy":
            title = _new_title() if form.get("new") else chosen
            place = form.get("new_place", "").strip() or _whole(form.get("place"))
            new = NewCopy(title, place, form.get("accession", ""), form.get("label", "").strip())
            return newcomers.add_copy(counter, number, new, rules)
        case "label":
            return newcomers.relabel(counter, number, chosen, rules, form.get("label", "").strip())
        case "card":
            return newcomers.change_card(counter, number, chosen, rules)
        case "reader":
            school_class = form.get("new_class", "").strip() or _whole(form.get("class")) or None
            new_reader = NewReader(form.get("name", ""), form.get("category", ""), school_class)
            return newcomers.add_reader(counter, number, new_reader, rules)
        case _:
            return newcomers.dismiss(counter, number)


def _new_title() -> NewTitle:
    return NewTitle(*(request.form.get(name, "") for name in ("title", "author", "isbn", "class_number", "kind")))


def _whole(given: str | None) -> int:
    """A number of ours; 0, which nothing has, where none was sent."""
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) <= 9 else 0


def _next() -> str:
    """The next page of work: the codes that still wait, or today."""
    with house().database.reading() as connection:
        waiting = unknown_codes.count(connection)
    return url_for("librarian.unknown" if waiting else "librarian.today")


def _page(number: int, problem: str = "") -> str:
    asked = request.values
    way = asked.get("as", "") if asked.get("as") in WAYS else ""
    with house().database.reading() as connection:
        stranger = unknown_codes.of(connection, number)
        found: dict[str, Any] = _found(connection, way, asked.get("q", "").strip()) if stranger else {}
        settled = "" if stranger else _settled(connection, number)
    return render(
        "librarian/unknown_one.html",
        **{"code": stranger, "number": number, "settled": settled, "way": way, "asked": asked, "key": uuid4().hex},
        **{"problem": words(problem) if problem else "", "may_stock": person().may("stock")},
        **{"when": moments.when, "ago": moments.ago, "class_name": classes.class_name},
        **{"next": onward(asked.get("next", "")), **found, **_can_be(stranger)},
    )


def _can_be(stranger: Stranger | None) -> dict[str, bool]:
    """What the code can become at all."""
    if stranger is None:
        return {}
    rules, text = _rules(), stranger.text
    return {
        "is_isbn": is_isbn(text),
        "can_be_label": usable(stranger) and number_of(text, rules, CopyLabel) is not None,
        "can_be_card": usable(stranger) and number_of(text, rules, ReaderCard) is not None and not is_isbn(text),
    }


def _settled(connection: Connection, number: int) -> str:
    """What has become of a code that waits no longer."""
    how = unknown_codes.resolved_as(connection, number) or abort(404)
    named = {newcomers.COPY: say("It is a book's label now."), newcomers.CARD: say("It is a reader's card now.")}
    return words(named.get(how, say("It was dismissed.")))


def _found(connection: Connection, way: str, asked: str) -> dict[str, Any]:
    """What the chosen way needs: what was found, what was chosen, and what there is to choose from."""
    ways: dict[str, Callable[[Connection, str, int], dict[str, Any]]] = {
        "copy": _titles,
        "label": _copies,
        "card": _readers,
    }
    return ways[way](connection, asked, _whole(request.values.get("id"))) if way else {}


def _titles(connection: Connection, asked: str, chosen: int) -> dict[str, Any]:
    title = stock.title(connection, chosen) if chosen else None
    usual = stock.usual_place(connection, title.id if title else None)
    return {
        "titles": search.find(connection, asked, limit=MOST, rules=_rules()).titles if asked else (),
        "chosen": title,
        "kinds": [(kind, words(_KINDS[kind])) for kind in KINDS],
        "places": stock.places(connection),
        "place": _whole(request.values.get("place")) or usual,
    }


def _copies(connection: Connection, asked: str, chosen: int) -> dict[str, Any]:
    copies = stock.copies_called(connection, asked, _rules(), MOST) if asked else ()
    return {"copies": copies, "chosen": stock.copy(connection, chosen) if chosen else None}


def _readers(connection: Connection, asked: str, chosen: int) -> dict[str, Any]:
    return {
        "readers": reader_search.find(connection, asked, MOST) if asked else (),
        "chosen": reader_search.of(connection, chosen) if chosen else None,
        "kinds": [(each, classes.category_name(each)) for each in CATEGORIES],
        "classes": stock.classes(connection),
    }


def _rules() -> LabelRules:
    return house().config.labels.rules
