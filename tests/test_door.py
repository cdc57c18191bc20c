"""The door of the librarian's desk: who is let in, where to, and whose forms are believed."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.routing import Rule

from kiosk.models import LedgerEntry
from kiosk.models_desk import Staff as Account
from kiosk.models_desk import StaffSession
from tests.house import OURS, PASSWORD, DeskClient, Home
from web.librarian.cookies import LANGUAGE, NOTICES, SESSION, VISIT
from web.librarian.onward import onward

ROOT = Path(__file__).parent.parent
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
OPEN = {"sign_in", "signed_in", "set_up", "made_first", "speak"}  # nobody need be signed in for these
NEW = {"name": "陈老师", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def routes(home: Home, method: str) -> Iterator[tuple[str, str]]:
    """Every route of the desk: its name and an address of it."""
    for rule in home.app.url_map.iter_rules():
        if rule.rule.startswith("/desk") and method in (rule.methods or ()):
            yield rule.endpoint.removeprefix("librarian."), address(rule)


def address(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "1", rule.rule)


def cookie(browser: DeskClient, name: str) -> str | None:
    found = browser.get_cookie(name, path="/desk")
    return found.value if found else None


def count(home: Home, what: Any) -> int:
    with home.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(what)) or 0


# Who is let in


def test_nothing_of_the_desk_is_shown_to_whoever_is_not_signed_in(home: Home) -> None:
    home.account()
    seen = {name for name, path in routes(home, "GET") if home.browser().get(path).status_code == 200}
    assert seen <= OPEN
    assert len(list(routes(home, "GET"))) > 3


def test_the_open_doors_are_these_and_no_others(home: Home) -> None:
    views = home.app.view_functions
    names = {name for method in ("GET", "POST") for name, _ in routes(home, method)}
    assert {name for name in names if getattr(views[f"librarian.{name}"], "is_open", False)} == OPEN


def test_who_is_not_signed_in_is_asked_to_and_then_led_on(home: Home) -> None:
    home.account()
    browser = home.browser()
    wanted = "/desk/accounts?q=%E4%B9%A6&page=2"
    asked = browser.get(wanted)
    assert (asked.status_code, asked.location.split("?")[0]) == (303, "/desk/signin")
    page = browser.get(asked.location).text
    kept = re.search(r'name="next" value="(/desk/acc[^"]+)"', page)
    assert kept and unescape(kept[1]) == wanted
    browser.token_on(asked.location)
    answer = browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD, "next": wanted})
    assert answer.location == wanted


def test_a_script_is_told_in_a_sentence_that_nobody_is_signed_in(home: Home) -> None:
    home.account()
    answer = home.browser().ask("/desk/accounts", {})
    assert answer.status_code == 401
    assert answer.json == {"problem": "登录已结束，请重新登录；已确认的内容都已保存。", "signin": "/desk/signin"}
    live = home.browser().get("/desk", headers={"X-Live": "1"})
    assert (live.status_code, live.json) == (401, answer.json)


def test_signing_in_opens_the_desk_and_signing_out_closes_it(home: Home) -> None:
    browser = home.sign_in()
    assert browser.get("/desk/accounts").status_code == 200
    token = cookie(browser, SESSION)
    assert token is not None
    assert browser.send("/desk/signout").location == "/desk/signin"
    assert cookie(browser, SESSION) is None
    browser.set_cookie(SESSION, token, path="/desk")
    assert browser.get("/desk/accounts").status_code == 303


def test_who_is_signed_in_already_need_not_sign_in(home: Home) -> None:
    assert home.sign_in().get("/desk/signin?next=/desk/accounts").location == "/desk/accounts"


def test_the_cookies_are_out_of_reach_of_scripts_and_of_other_sites(home: Home) -> None:
    home.account()
    browser = home.browser()
    first = browser.get("/desk/signin").headers["Set-Cookie"]
    browser.token_on("/desk/signin")
    answer = browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD})
    for line in (first, *answer.headers.getlist("Set-Cookie")):
        assert line.startswith("desk_")
        assert {"HttpOnly", "SameSite=Strict", "Path=/desk"} <= set(line.split("; "))
        assert "Max-Age" not in line  # gone when the browser closes


def test_the_self_check_screen_shows_no_way_to_the_desk(home: Home) -> None:
    assert "/desk" not in home.client.get("/").text


# Sessions


@pytest.mark.parametrize("planted", ["x" * 43, "", "'; DROP TABLE staff_session; --", "登录"])
def test_a_session_that_was_planted_before_is_not_the_one_after(home: Home, planted: str) -> None:
    home.account()
    browser = home.browser()
    browser.set_cookie(SESSION, planted, path="/desk")
    browser.token_on("/desk/signin")
    assert browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD}).status_code == 303
    assert cookie(browser, SESSION) not in (planted, None)
    other = home.browser()
    other.set_cookie(SESSION, planted, path="/desk")
    assert other.get("/desk/password").status_code == 303


def test_an_attackers_own_session_planted_at_the_librarians_browser_gets_them_nothing(home: Home) -> None:
    attacker = home.sign_in("assistant")
    theirs = cookie(attacker, SESSION)
    home.account()
    browser = home.browser()
    browser.set_cookie(SESSION, theirs or "", path="/desk")
    browser.token_on("/desk/password")
    assert browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD}).status_code == 303
    assert cookie(browser, SESSION) != theirs
    assert browser.get("/desk/accounts").status_code == 200
    assert attacker.get("/desk/password").status_code == 303  # what was planted has ended


def test_each_sign_in_has_a_session_of_its_own(home: Home) -> None:
    assert cookie(home.sign_in(), SESSION) != cookie(home.sign_in(), SESSION)


def test_after_a_quiet_time_nobody_is_signed_in(home: Home) -> None:
    browser = home.sign_in()
    for _ in range(10):
        home.clock.turn(19 * 60)
        assert browser.get("/desk/password").status_code == 200
    home.clock.turn(21 * 60)
    assert browser.get("/desk/password").status_code == 303


def test_a_page_that_looks_again_by_itself_keeps_nobody_signed_in(home: Home) -> None:
    browser = home.sign_in()
    for _ in range(21):
        live = browser.get("/desk/password", headers={"X-Live": "1"})
        home.clock.turn(60)
    assert live.status_code == 200
    assert browser.get("/desk/password", headers={"X-Live": "1"}).status_code == 401


def test_that_somebody_is_there_is_written_down_once_a_minute_at_most(home: Home) -> None:
    browser = home.sign_in()
    start, seen = home.clock(), []
    for _ in range(5):
        home.clock.turn(25)
        browser.get("/desk/password")
        with home.database.reading() as connection:
            seen.append(connection.scalar(select(StaffSession.seen_at)))
    assert [each - start for each in seen if each] == [timedelta(seconds=s) for s in (0, 0, 75, 75, 75)]


# Where a sign-in leads


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/accounts", "/desk/reconcile/12", "/desk/search?q=%E4%B9%A6&page=2", "/desk/print.html"]
)
def test_a_sign_in_leads_to_a_page_of_the_desk(path: str) -> None:
    assert onward(path) == path


@pytest.mark.parametrize(
    "address",
    [
        *("", "/", "/scan", "desk", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example"),
        *("https:evil.example", "https://evil.example/desk", "http:/desk", "javascript:alert(1)", "data:text/html,x"),
        *("//evil.example/desk", "/desk//evil.example", "/desk/..//evil.example", "/desk/../scan", "/desk/./x"),
        *("/%2fevil.example", "/desk/%2e%2e/scan", "/desk%2f..", "%2fdesk", "/desk\\..\\evil", "/deskevil"),
        *("/desk@evil.example", "/desk:80", "/desk/\nhttps://evil.example", "\t/desk", "/desk\n", "/desk\r\nX: y"),
        *("/desk/\x00", " /desk", "/desk ", "/desk#https://evil", "/desk?next=https://evil", "／desk", "/desk/\u202e"),
        "/desk/" + "x" * 1000,
    ],
)
def test_a_sign_in_leads_nowhere_else(home: Home, address: str) -> None:
    assert onward(address) == ""
    home.account()
    browser = home.browser()
    browser.get("/desk/signin", query_string={"next": address})
    browser.token_on("/desk/signin")
    answer = browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD, "next": address})
    assert answer.location == "/desk"


@given(st.text(max_size=60) | st.text("/\\.:@%desk?#\n\t", max_size=30).map(lambda end: "/desk" + end))
def test_whatever_is_written_the_way_stays_on_our_own_site(address: str) -> None:
    found = onward(address)
    assert found in ("", address)
    whole = urlsplit(urljoin("http://localhost/desk/signin", found))
    assert whole.netloc == "localhost" and re.match(r"/desk(/|$)", whole.path)


# Whose forms are believed


def test_no_post_to_the_desk_is_believed_without_the_token_of_its_page(home: Home) -> None:
    """Every route there is, and every route there will be."""
    browser, other = home.sign_in(), home.sign_in()
    paths = [path for _, path in routes(home, "POST")]
    before = count(home, LedgerEntry), count(home, Account), count(home, StaffSession)
    assert len(paths) >= 8
    for path in paths:
        for token in ("", "x", "0" * 64, other.csrf, browser.csrf[:-1], browser.csrf + "0", "\xe9"):
            form = browser.post(path, data={"csrf": token}, headers=OURS)
            script = browser.post(path, json={}, headers={**OURS, "X-CSRF": token})
            for answer in (form, script):
                assert answer.status_code == 403, (path, token)
                assert "这个页面已经过时" in answer.text, path
    assert (count(home, LedgerEntry), count(home, Account), count(home, StaffSession)) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_post_to_the_desk_is_believed_from_another_site_even_with_the_token(
    home: Home, headers: dict[str, str]
) -> None:
    browser = home.sign_in()
    before = count(home, LedgerEntry)
    for _, path in routes(home, "POST"):
        answer = browser.post(path, data={"csrf": browser.csrf}, headers=headers)
        assert answer.status_code == 403, path
        assert "这个页面已经过时" in answer.text, path
    assert count(home, LedgerEntry) == before


def test_before_signing_in_the_form_must_belong_to_the_visit(home: Home) -> None:
    home.account()
    browser, other = home.browser(), home.browser()
    browser.get("/desk/signin")
    foreign = other.token_on("/desk/signin")
    form = {"name": "librarian", "password": PASSWORD, "csrf": foreign}
    assert browser.post("/desk/signin", data=form, headers=OURS).status_code == 403
    assert cookie(browser, SESSION) is None
    no_visit = home.browser()
    assert no_visit.post("/desk/signin", data=form, headers=OURS).status_code == 403


@pytest.mark.parametrize("visit", ["", "short", "x" * 19])
def test_a_visit_without_a_secret_makes_no_token(home: Home, visit: str) -> None:
    home.account()
    browser = home.browser()
    browser.set_cookie(VISIT, visit, path="/desk")
    assert browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD}).status_code == 403
    browser.get("/desk/signin")
    assert len(cookie(browser, VISIT) or "") >= 20


def test_the_token_of_before_is_not_the_one_of_after(home: Home) -> None:
    home.account()
    browser = home.browser()
    before = browser.token_on("/desk/signin")
    browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD})
    assert browser.token_on("/desk/password") != before
    page = browser.get("/desk/password").text
    assert f'<meta name="csrf" content="{browser.csrf}">' in page
    assert (cookie(browser, SESSION) or "x") not in page


def test_a_notice_is_said_once_and_cannot_be_forged(home: Home) -> None:
    browser = home.sign_in()
    browser.send("/desk/signout")
    assert "您已退出登录。" in browser.get("/desk/signin").text
    assert "您已退出登录。" not in browser.get("/desk/signin").text
    for forged in ('[["well","send me your password"]]', "x.y", "", "WzFd.AAAA"):
        browser.set_cookie(NOTICES, forged, path="/desk")
        assert "send me" not in browser.get("/desk/signin").text


# The first account


def test_as_long_as_there_is_no_account_this_machine_is_led_to_make_one(home: Home) -> None:
    browser = home.browser()
    assert browser.get("/desk").location == browser.get("/desk/signin").location == "/desk/setup"
    browser.token_on("/desk/setup")
    made = browser.send("/desk/setup", NEW)
    assert (made.status_code, made.location) == (303, "/desk")
    assert "陈老师" in browser.get("/desk/accounts").text
    assert home.browser().get("/desk/setup").status_code == 404
    again = home.browser()
    again.token_on("/desk/signin")
    assert again.send("/desk/setup", {**NEW, "name": "Mallory"}).status_code == 404
    assert count(home, Account) == 1


def test_another_machine_makes_no_first_account_but_hears_where_to(home: Home) -> None:
    browser = home.browser()
    assert browser.get("/desk/setup", environ_base=ELSEWHERE).status_code == 404
    page = browser.get("/desk/signin", environ_base=ELSEWHERE)
    assert page.status_code == 200 and "还没有账号" in page.text
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token
    form = {**NEW, "csrf": token[1]}
    assert browser.post("/desk/setup", data=form, headers=OURS, environ_base=ELSEWHERE).status_code == 404
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert browser.get("/desk/setup", headers=evil).status_code == 404
    assert count(home, Account) == 0


def test_two_who_make_the_first_account_at_once_make_one(home: Home) -> None:
    start, told = threading.Barrier(2), []
    browsers = [home.browser(), home.browser()]
    for each in browsers:
        each.token_on("/desk/setup")

    def make(number: int) -> None:
        start.wait()
        told.append(browsers[number].send("/desk/setup", {**NEW, "name": f"teacher {number}"}).status_code)

    making = [threading.Thread(target=make, args=(number,)) for number in range(2)]
    for thread in making:
        thread.start()
    for thread in making:
        thread.join()
    assert count(home, Account) == 1
    assert 303 in told and len(set(told)) == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": PASSWORD.upper()}, "密码不能和姓名相同。"),
        ({"again": "something else"}, "两次输入的密码不一样。"),
        ({"password": "short", "again": "short"}, "密码至少要有 8 个字符。"),
        ({"name": ""}, "姓名要有 1 到 40 个看得见的字符。"),
    ],
)
def test_a_first_account_that_cannot_be_is_said_in_words(home: Home, changed: dict[str, str], sentence: str) -> None:
    browser = home.browser()
    browser.token_on("/desk/setup")
    answer = browser.send("/desk/setup", {**NEW, **changed})
    assert answer.status_code == 400 and sentence in answer.text
    assert count(home, Account) == 0


# One's own password


def test_a_password_is_changed_by_whoever_knows_the_old_one(home: Home) -> None:
    browser, elsewhere = home.sign_in(), home.sign_in()
    new = {"old": PASSWORD, "password": "another good one", "again": "another good one"}
    assert "原密码不对" in browser.send("/desk/password", {**new, "old": "wrong"}).text
    assert "不一样" in browser.send("/desk/password", {**new, "again": "x"}).text
    assert browser.send("/desk/password", new).status_code == 303
    assert "密码已修改" in browser.get("/desk/password").text
    assert elsewhere.get("/desk/password").status_code == 303
    fresh = home.browser()
    fresh.token_on("/desk/signin")
    assert fresh.send("/desk/signin", {"name": "librarian", "password": PASSWORD}).status_code == 403
    assert fresh.send("/desk/signin", {"name": "librarian", "password": "another good one"}).status_code == 303


def test_the_old_password_cannot_be_guessed_at_a_browser_that_was_left_alone(home: Home) -> None:
    browser = home.sign_in()
    told = [browser.send("/desk/password", {"old": f"guess {number}"}) for number in range(5)]
    assert "试得太快了" in told[-1].text


# Accounts


def test_an_assistant_is_told_in_words_that_accounts_are_the_librarians(home: Home) -> None:
    browser = home.sign_in("assistant")
    for name, path in (*routes(home, "GET"), *routes(home, "POST")):
        if "account" not in path:
            continue
        for answer in (browser.get(path), browser.send(path, NEW)):
            if answer.status_code != 405:
                assert answer.status_code == 403, (name, path)
                assert "您的账号没有这个权限" in answer.text
    assert browser.ask("/desk/accounts", {}).json == {"problem": "您的账号没有这个权限，请找图书管理员。"}
    assert "/desk/accounts" not in browser.get("/desk/password").text
    assert count(home, Account) == 1


def test_the_librarian_adds_an_assistant_gives_a_password_and_disables(home: Home) -> None:
    browser = home.sign_in()
    assert browser.send("/desk/accounts", {**NEW, "name": "Bo", "role": "assistant"}).location == "/desk/accounts"
    page = browser.get("/desk/accounts").text
    assert "Bo 可以登录了。" in page and "图书助理" in page
    bo = home.account("assistant", "Bo")
    assert "已经有这个姓名的账号了" in browser.send("/desk/accounts", {**NEW, "name": "BO"}).text
    theirs = home.sign_in("assistant", "Bo")
    fresh = {"password": "another good one", "again": "another good one"}
    assert "不一样" in browser.send(f"/desk/accounts/{bo.id}/password", {**fresh, "again": ""}).text
    assert browser.send(f"/desk/accounts/{bo.id}/password", fresh).status_code == 303
    assert theirs.get("/desk/password").status_code == 303
    assert browser.send(f"/desk/accounts/{bo.id}/disable").status_code == 303
    assert "已停用" in browser.get("/desk/accounts").text
    assert browser.send(f"/desk/accounts/{bo.id}/enable").status_code == 303
    assert "已停用" not in browser.get("/desk/accounts").text.split("</table>")[0]


def test_the_last_librarian_cannot_be_disabled(home: Home) -> None:
    browser = home.sign_in()
    answer = browser.send(f"/desk/accounts/{home.account().id}/disable")
    assert answer.status_code == 400 and "最后一个图书管理员" in answer.text


@pytest.mark.parametrize("path", ["/desk/accounts/99", "/desk/accounts/x", "/desk/accounts/1/delete"])
def test_an_account_that_is_not_there_is_said_to_be_missing(home: Home, path: str) -> None:
    answer = home.sign_in().get(path)
    assert answer.status_code == 404 and "服务台没有这个页面" in answer.text


def test_the_librarian_sees_who_tried_in_vain_but_not_what_a_stranger_typed(home: Home) -> None:
    home.account()
    stranger = home.browser()
    stranger.token_on("/desk/signin")
    stranger.send("/desk/signin", {"name": "my secret password", "password": "librarian"})
    stranger.send("/desk/signin", {"name": "Librarian", "password": "wrong"})
    page = home.sign_in().get("/desk/accounts").text
    assert "my secret password" not in page and "没有这个账号" in page
    assert "本机" in page and "3月2日 10:00" in page


# In words


def test_a_page_that_is_not_there_is_said_in_words_to_everybody(home: Home) -> None:
    for browser in (home.browser(), home.sign_in()):
        answer = browser.get("/desk/nothing/here")
        assert answer.status_code == 404 and "服务台没有这个页面" in answer.text
    answer = home.browser().get("/desk/nothing", headers={"Accept": "application/json"})
    assert answer.json == {"problem": "服务台没有这个页面。"}
    assert "服务台" not in home.client.get("/nothing").text  # the kiosk's own pages say nothing of the desk


@pytest.mark.parametrize("path", ["/desk/accounts", "/desk/signin", "/desk", "/desk/nothing"])
def test_a_broken_database_is_said_in_words_on_every_page(home: Home, path: str) -> None:
    browser = home.sign_in()
    break_it(home)
    page, said = browser.get(path), browser.get(path, headers={"Accept": "application/json"})
    assert page.status_code == said.status_code == (404 if path.endswith("nothing") else 503)
    assert page.status_code == 404 or "数据库" in page.text
    assert set(said.json or {}) == {"problem"}


def test_signing_in_with_a_broken_database_says_so(home: Home) -> None:
    home.account()
    browser = home.browser()
    browser.token_on("/desk/signin")
    break_it(home)
    answer = browser.send("/desk/signin", {"name": "librarian", "password": PASSWORD})
    assert answer.status_code == 503 and "数据库" in answer.text


def break_it(home: Home) -> None:
    home.database.engine.dispose()
    file = home.database.file
    assert file is not None
    for each in file.parent.glob(file.name + "*"):
        each.write_bytes(b"no database at all" * 1000)


def test_a_fault_of_the_desk_itself_is_said_in_words(home: Home) -> None:
    def broken() -> str:
        raise RuntimeError("<secret>")

    home.app.add_url_rule("/desk/broken", view_func=broken)
    answer = home.sign_in().get("/desk/broken")
    assert answer.status_code == 500
    assert "服务台出错了" in answer.text and "secret" not in answer.text


def test_an_enormous_form_is_refused_in_words(home: Home) -> None:
    answer = home.sign_in().send("/desk/password", {"old": "x" * 100_000})
    assert answer.status_code == 413 and "太多了" in answer.text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "x" * 10_000, "\x00", "'; DROP TABLE staff; --", "{{ 7*7 }}"]
)
def test_a_hostile_name_is_a_wrong_name_and_nothing_else(home: Home, name: str) -> None:
    home.account()
    browser = home.browser()
    browser.token_on("/desk/signin")
    answer = browser.send("/desk/signin", {"name": name, "password": name})
    assert answer.status_code == 403
    assert "<script>alert" not in answer.text and 'value="49"' not in answer.text
    assert len(answer.text) < 12_000


# How it speaks and looks


def test_the_desk_speaks_the_language_that_its_browser_chose(home: Home) -> None:
    browser = home.sign_in()
    assert "修改密码" in browser.get("/desk/password").text
    answer = browser.send("/desk/language", {"language": "en", "next": "/desk/password"})
    assert answer.location == "/desk/password"
    assert "Max-Age" in next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(LANGUAGE))
    page = browser.get("/desk/password").text
    assert "Your password" in page and '<html lang="en">' in page
    assert browser.send("/desk/language", {"language": "xx"}).status_code == 400
    browser.set_cookie(LANGUAGE, "../../etc", path="/desk")
    assert "修改密码" in browser.get("/desk/password").text


def test_the_language_can_be_chosen_before_signing_in(home: Home) -> None:
    home.account()
    browser = home.browser()
    browser.token_on("/desk/signin")
    browser.send("/desk/language", {"language": "zh_Hant", "next": "/desk/signin"})
    assert "登入" in browser.get("/desk/signin").text


def test_every_page_of_the_desk_obeys_the_policy_without_inline_styles_and_scripts(home: Home) -> None:
    browser = home.sign_in()
    for _, path in routes(home, "GET"):
        answer = browser.get(path)
        page = answer.text if answer.mimetype == "text/html" else ""  # a stream never ends
        answer.close()
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)(?![^>]*application/json)", page), path


def test_the_colours_of_the_desk_are_those_of_the_kiosk(home: Home) -> None:
    def colours(page: str) -> dict[str, str]:
        sheets = re.findall(r'rel="stylesheet" href="/static/([\w.]+)"', page)
        roots = [(ROOT / "web" / "static" / sheet).read_text("utf-8").split("}")[0] for sheet in sheets]
        return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", "".join(roots)))

    desk, kiosk = colours(home.sign_in().get("/desk/password").text), colours(home.client.get("/").text)
    assert len(kiosk) > 10
    assert {name: desk.get(name) for name in kiosk} == kiosk


def test_kiosk_and_desk_draw_the_same_symbols(home: Home) -> None:
    pages = home.client.get("/").text, home.sign_in().get("/desk/password").text
    for name in ("b-well", "b-look", "b-not", "i-logo"):
        drawn = [re.search(rf'<symbol id="{name}".*', page) for page in pages]
        assert drawn[0] and drawn[1] and drawn[0][0] == drawn[1][0]
