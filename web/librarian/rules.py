"""Rules, hours, calendar: typed, looked at before they hold, and saved."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import rules
from kiosk.marks import say
from kiosk.rule_changes import Clash, changes, clashes
from kiosk.rule_checks import problems
from kiosk.rule_preview import eve_of_term_end, preview
from kiosk.rulebook import Problem, Rules, facts, parse
from kiosk.rules import Saving
from web.librarian import rules_edit as edit
from web.librarian import rules_view as view
from web.librarian.door import bp, house, language, notice, person, render, words
from web.librarian.rules_form import Sheet, of_facts, of_form, of_rules
from web.librarian.serving import at_desk

_LARGEST = 4_000_000  # bytes: a file that is too large is still read far enough to be told so
_SAVED = say("Saved. The rules hold for whatever is lent from now on.")
_NOTHING_NEW = say("Nothing has changed.")
_LOOK_FIRST = say("These days were found. Put them into the calendar, or empty the box.")
_CHOOSE = say("Choose for each row whose rule is to hold.")


@bp.url_value_preprocessor
def _room_for_a_file(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if endpoint == "librarian.rules_send":
        request.max_content_length = _LARGEST


@bp.before_request
def _may_change_the_rules() -> None:
    """Who may not change the rules does not see the page; and whoever tries all the same is in the ledger."""
    if request.endpoint in ("librarian.rules", "librarian.rules_send") and not person().may("rules"):
        if request.method == "POST":
            at_desk(lambda counter: rules.save(counter, Rules(), ()))
        abort(403)


@bp.get("/rules", endpoint="rules")
def rules_page() -> str:
    """The rules as they stand, to be changed."""
    return _editor(of_rules(_standing(), _today().year))


@bp.post("/rules")
def rules_send() -> ResponseReturnValue:
    """What is typed, and what is to be done with it: looked at, saved, or worked on."""
    sheet = of_form(request.form, _today().year)
    action, _, what = request.form.get("action", "preview").partition(":")
    match action:
        case "save":
            return _save(sheet)
        case "settle":
            return _settle(sheet)
        case "read":
            return _editor(sheet, edit.pasted(sheet))
        case "range":
            added = edit.add_range(sheet)
            return _editor(added) if isinstance(added, Sheet) else _editor(sheet, added)
        case _ if action in edit.EDITS:
            return _editor(edit.EDITS[action](sheet, what))
    return _look(sheet)


def _look(sheet: Sheet) -> ResponseReturnValue:
    """What would change; what is only half put into the calendar comes first."""
    added = edit.add_range(edit.take(sheet))
    if not isinstance(added, Sheet):
        return _editor(sheet, added), 422
    if request.form.get("pasted", "").strip() and "found" not in request.form:
        notice("look", words(_LOOK_FIRST))
        return _editor(added, edit.pasted(added))
    return _preview(added)


def _preview(sheet: Sheet) -> ResponseReturnValue:
    wanted = _understood(sheet)
    if not isinstance(wanted, Rules):
        return _editor(sheet, wrong=wanted), 422
    standing, today = _standing(), _today()
    if standing.version != sheet.version:
        return _clash(sheet, standing)
    before, after = standing.policy(), wanted.policy()
    eve = eve_of_term_end(after, today)
    return render(
        "librarian/rules_preview.html",
        sheet=sheet,
        today=preview(before, after, today),
        eve=preview(before, after, eve) if eve else None,
        changes=changes(facts(standing), facts(wanted)),
        is_open=after.calendar.is_open(today),
        terms=wanted.terms,
        say=view.Speaker(language(), today),
    )


def _save(sheet: Sheet) -> ResponseReturnValue:
    wanted = _understood(sheet)
    if not isinstance(wanted, Rules):
        return _editor(sheet, wrong=wanted), 422
    saved = at_desk(lambda counter: rules.save(counter, wanted, _stations()))
    if saved.saving is Saving.WRONG:
        return _editor(sheet, wrong=saved.problems), 422
    if saved.saving is Saving.STALE:
        return _clash(sheet, _standing())
    is_new = saved.saving is Saving.SAVED
    notice("well" if is_new else "look", words(_SAVED if is_new else _NOTHING_NEW))
    return redirect(url_for("librarian.rules"), 303)


def _clash(sheet: Sheet, standing: Rules, unchosen: bool = False) -> ResponseReturnValue:
    """Somebody else has saved meanwhile: both are shown, and nothing is decided for anybody."""
    mine, found = _both(sheet, standing)
    if not found:
        return _preview(of_facts({**facts(standing), **mine}, standing.version, sheet.year))
    with house().database.reading() as connection:
        last = rules.last_change(connection)
        name = view.name_of(connection, last.staff_id) if last else ""
    page = render(
        "librarian/rules_clash.html",
        sheet=sheet,
        found=found,
        standing=standing.version,
        name=name,
        problem=words(_CHOOSE) if unchosen else "",
        chosen=request.form,
        say=view.Speaker(language(), _today()),
    )
    return page, 409


def _both(sheet: Sheet, standing: Rules) -> tuple[dict[str, str], tuple[Clash, ...]]:
    """My facts, and those that somebody else has changed since."""
    wanted, meaningless = parse(sheet.facts(), sheet.version)
    mine = sheet.facts() if meaningless else facts(wanted)
    with house().database.reading() as connection:
        base = rules.before_version(connection, sheet.version)
    return mine, clashes(base, mine, facts(standing))


def _settle(sheet: Sheet) -> ResponseReturnValue:
    """Whose rule is to hold has been chosen, row by row."""
    standing = _standing()
    mine, found = _both(sheet, standing)
    chosen = {each.key: request.form.get(f"whose/{each.key}", "") for each in found}
    if request.form.get("standing") != standing.version or not set(chosen.values()) <= {"mine", "theirs"}:
        return _clash(sheet, standing, unchosen=True)
    theirs = {each.key: each.theirs for each in found if chosen[each.key] == "theirs"}
    merged = {key: text for key, text in {**mine, **theirs}.items() if text or "/" not in key or _is_switch(key)}
    return _preview(of_facts(merged, standing.version, sheet.year))


def _is_switch(key: str) -> bool:
    return key.startswith("category/")


def _editor(sheet: Sheet, typed: edit.Typed | None = None, wrong: tuple[Problem, ...] = ()) -> str:
    with house().database.reading() as connection:
        last = rules.last_change(connection)
        name = view.name_of(connection, last.staff_id) if last else ""
    return render(
        "librarian/rules.html",
        sheet=sheet,
        typed=typed or edit.Typed(),
        found=edit.rows(typed.reading, sheet) if typed and typed.reading else [],
        wrong=wrong,
        wrong_keys={each.key for each in wrong},
        kept=edit.kept("" if typed else request.form.get("action", "")),
        last=last,
        last_day=last.at.astimezone(_zone()).date() if last else None,
        last_name=name,
        page=view.page(sheet, _stations(), _today()),
        say=view.Speaker(language(), _today()),
    )


def _understood(sheet: Sheet) -> Rules | tuple[Problem, ...]:
    """The rules that are meant, or everything that is wrong with them."""
    texts = sheet.facts()
    wanted, meaningless = parse(texts, sheet.version)
    place = {key: number for number, key in enumerate(texts)}
    wrong = (*meaningless, *problems(wanted, _stations()))
    return tuple(sorted(wrong, key=lambda each: place.get(each.key, len(place)))) or wanted


def _standing() -> Rules:
    with house().database.reading() as connection:
        return rules.read(connection)


def _stations() -> list[str]:
    """The names of everything that lends, the desk last."""
    config = house().config
    return [config.station.name, *(each.name for each in config.stations), config.desk.name]


def _today() -> date:
    return house().clock().astimezone(_zone()).date()


def _zone() -> ZoneInfo:
    return ZoneInfo(house().config.timezone)
