"""Find a book at the self-check, and the desk's search: what each says of a title, and what it keeps to itself."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from kiosk.models import Copy
from kiosk.models_desk import Reservation
from tests import cast, catalogue
from tests.catalogue import FIELDS, GONE_TITLE, GREEN, HAT, ISBN_OF_PRINCE, PRINCE
from tests.house import DeskClient, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return at_home(tmp_path)


def at_home(folder: Path, **changes: Any) -> Home:
    home = Home(folder, **{"language": "en", **changes})
    catalogue.stock(home.database)
    return home


def find(home: Home, words: str) -> str:
    answer = home.client.get("/find", query_string={"q": words})
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def lend(home: Home, label: str, reader: cast.Person = cast.XIAOMING) -> None:
    home.scan(reader.card)
    assert home.scan(label)["sound"] == "lent"
    home.scan("KIOSK-DONE")


# At the self-check


def test_nothing_typed_says_what_can_be_typed(home: Home) -> None:
    assert "Which book?" in find(home, "")
    assert "Which book?" in find(home, "   ")


def test_nothing_found_says_how_to_try_again(home: Home) -> None:
    said = find(home, "qqqq")
    assert "I cannot find that." in said and "Try the first letter" in said


@pytest.mark.parametrize("words", ["!?", "%", "<script>alert(1)</script>", "x" * 5_000, "\x00"])
def test_odd_words_are_answered_in_peace(home: Home, words: str) -> None:
    assert "I cannot find that." in find(home, words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("小王子", "On the shelf: 书库"),
        ("青铜葵花", "For reading here: 阅览室"),
        ("魔法师的帽子", "Missing at the moment"),
        ("小王", "No longer in the library"),
        ("绿野仙踪", "Not in the library yet"),
        ("书 4", "No longer in the library"),
        ("书 3", "Being mended"),
        ("书 7", "Class 3-2&#39;s book corner"),
    ],
)
def test_a_child_is_told_where_the_nearest_copy_is(home: Home, words: str, sentence: str) -> None:
    assert sentence in find(home, words)


def test_a_book_that_is_out_says_until_when_and_may_be_reserved(home: Home) -> None:
    lend(home, cast.FERRY.label)
    said = find(home, "书 1")
    assert "At home with someone until 16 Mar" in said
    assert f'data-reservable="{cast.FERRY.title}"' in said
    home.clock.turn(20 * 86_400)
    assert "Somebody still has it" in find(home, "书 1")


def test_a_title_with_a_copy_on_the_shelf_is_told_by_that_and_not_to_be_reserved(home: Home) -> None:
    lend(home, "P00001")
    assert "Class 3-2&#39;s book corner" in find(home, "小王子")
    assert f'data-reservable="{PRINCE}"' not in find(home, "小王子")


def test_a_book_just_returned_or_kept_for_somebody_is_not_promised(home: Home) -> None:
    lend(home, cast.FERRY.label)
    home.scan(cast.FERRY.label)
    assert "Just came back: ask the teacher" in find(home, "书 1")
    kept = {"title_id": 5, "reader_id": 1, "made_at": cast.MORNING, "made_station": "x", "copy_id": cast.MISSING.id}
    cast.change(home.database, update(Copy).where(Copy.id == cast.MISSING.id).values(state="ok"))
    cast.change(home.database, insert(Reservation).values(**kept, waits_until=cast.TODAY))
    assert "Kept for someone who asked first" in find(home, "书 5")


def test_who_has_a_book_is_never_said_at_the_self_check(home: Home) -> None:
    lend(home, cast.FERRY.label)
    made = {"title_id": 1, "reader_id": cast.LIHUA.id, "made_at": cast.MORNING, "made_station": "x"}
    cast.change(home.database, insert(Reservation).values(**made))
    said = find(home, "书 1")
    assert not any(secret in said for each in (cast.XIAOMING, cast.LIHUA) for secret in (each.name, each.card))


def test_at_most_twelve_are_shown_and_more_are_announced(home: Home) -> None:
    said = find(home, "书")
    assert said.count('class="hit"') == 12
    assert "There are more." in said


def test_what_only_sounds_like_it_is_said_to_do_so(home: Home) -> None:
    assert "These sound like it:" in find(home, "小王自")


def test_the_finder_speaks_the_language_of_the_station(home: Home) -> None:
    home.scan("KIOSK-LANGUAGE:zh_Hans")
    assert "找哪本书？" in find(home, "")


def test_pinyin_stands_over_the_titles_where_the_school_wants_it(tmp_path: Path) -> None:
    for name, pinyin in (("with", True), ("without", False)):
        (tmp_path / name).mkdir()
        found = find(at_home(tmp_path / name, language="zh_Hans", pinyin=pinyin), "xwz")
        assert ("<ruby>王<rt>wáng</rt></ruby>" in found) is pinyin


def test_only_a_station_may_ask(home: Home) -> None:
    assert home.client.get("/find?q=x", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


def test_a_session_does_not_end_while_its_reader_types(home: Home) -> None:
    home.scan(cast.XIAOMING.card)
    for _ in range(4):
        home.clock.turn(40)
        find(home, "x")
        home.entrance.tick()
    assert home.entrance.view().phase == "session"
    home.clock.turn(46)
    home.entrance.tick()
    assert home.entrance.view().phase != "session"


def test_typing_opens_no_session_and_keeps_none_of_nobody(home: Home) -> None:
    before = home.entrance.payload()["seq"]
    find(home, "x")
    assert home.entrance.payload()["seq"] == before


# At the desk


@pytest.fixture
def desk(home: Home) -> DeskClient:
    return home.sign_in()


def page(desk: DeskClient, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def test_nobody_searches_at_the_desk_without_signing_in(home: Home) -> None:
    for path in ("/desk/search", "/desk/search/list?q=x", f"/desk/titles/{PRINCE}", f"/desk/titles/{PRINCE}/panel"):
        assert home.browser().get(path).status_code == 303


def test_the_search_is_in_the_menu_of_every_account(home: Home) -> None:
    for role in ("librarian", "assistant"):
        assert 'href="/desk/search"' in page(home.sign_in(role), "/desk/search")


def test_the_form_works_without_a_script(desk: DeskClient) -> None:
    found = page(desk, "/desk/search?q=曹文轩")
    assert "青铜葵花" in found and "小王子的故事集" in found
    assert f'href="/desk/titles/{FIELDS}"' in found


def test_an_empty_search_says_what_can_be_typed_and_so_does_one_in_vain(desk: DeskClient) -> None:
    assert "Which book is it?" in page(desk, "/desk/search")
    in_vain = page(desk, "/desk/search?q=<b>qqqq</b>")
    assert "No title was found for “&lt;b&gt;qqqq&lt;/b&gt;”." in in_vain
    assert "xiao wang zi" in in_vain


def test_each_title_says_how_many_of_its_copies_are_in(home: Home, desk: DeskClient) -> None:
    assert "2 of 2 in" in page(desk, "/desk/search/list?q=小王子")
    lend(home, "P00001")
    found = page(desk, "/desk/search/list?q=小王子")
    assert "1 of 2 in" in found
    assert found.count("Withdrawn") == 0
    assert "none yet" in page(desk, "/desk/search/list?q=绿野仙踪")


def test_a_withdrawn_title_is_marked(desk: DeskClient) -> None:
    found = page(desk, "/desk/search/list?q=小王")
    assert found.index("Withdrawn") > found.index("小王子的故事集")


def test_an_isbn_or_a_label_opens_its_title_at_once(desk: DeskClient) -> None:
    for words in (ISBN_OF_PRINCE, "P00003", "2019-0001"):
        assert f'data-shown="{PRINCE}"' in page(desk, f"/desk/search?q={words}")
    assert 'data-shown=""' in page(desk, "/desk/search?q=小王子")


def test_pages_lead_to_each_other(desk: DeskClient) -> None:
    first = page(desk, "/desk/search?q=书")
    assert "More titles" in first and "Earlier titles" not in first
    second = page(desk, "/desk/search?q=书&from=20")
    assert "Earlier titles" in second
    for odd in ("-5", "x", "99999999999999999999"):
        page(desk, f"/desk/search?q=书&from={odd}")


def test_the_panel_shows_each_copy_and_what_is_true_of_it(home: Home, desk: DeskClient) -> None:
    lend(home, "P00001")
    shown = page(desk, f"/desk/titles/{PRINCE}")
    for sentence in (
        "P00002",
        "三2班图书角",
        "On loan until Mon 16 Mar",
        "Withdrawn",
        "I565.88",
        f"ISBN {ISBN_OF_PRINCE}",
    ):
        assert sentence in shown
    assert f"{cast.XIAOMING.name} · Class 3-2" in shown
    home.clock.turn(20 * 86_400)
    later = page(home.sign_in(), f"/desk/titles/{PRINCE}/panel")
    assert "Overdue since Mon 16 Mar" in later


def test_a_copy_returned_at_a_kiosk_waits_to_be_seen(home: Home, desk: DeskClient) -> None:
    lend(home, "P00001")
    home.scan("P00001")
    assert "Returned at entrance, not yet seen" in page(desk, f"/desk/titles/{PRINCE}")


def test_the_desk_names_who_waits_and_whose_copy_is_set_aside(home: Home, desk: DeskClient) -> None:
    made = {"title_id": PRINCE, "made_at": cast.MORNING, "made_station": "x"}
    first = {**made, "reader_id": cast.LIHUA.id, "copy_id": 101, "waits_until": cast.TODAY}
    cast.change(home.database, insert(Reservation).values(**first))
    cast.change(home.database, insert(Reservation).values(**made, reader_id=cast.TEACHER.id, precedence=False))
    shown = page(desk, f"/desk/titles/{PRINCE}")
    assert "Set aside until Mon 2 Mar" in shown and "P00001 set aside" in shown
    assert shown.index(f"{cast.LIHUA.name} · Class 3-2") < shown.index(cast.TEACHER.name)


def test_a_title_can_be_reserved_for_a_reader_at_the_counter(desk: DeskClient) -> None:
    assert f'href="/desk/counter?reserve={PRINCE}"' in page(desk, f"/desk/titles/{PRINCE}/panel")


def test_a_title_without_copies_says_so(desk: DeskClient) -> None:
    assert "No copy of it has been added yet." in page(desk, f"/desk/titles/{GREEN}")


def test_a_title_that_is_not_there_is_said_in_words(desk: DeskClient) -> None:
    for path in ("/desk/titles/99999", "/desk/titles/99999/panel"):
        assert desk.get(path).status_code == 404
    assert "Which book is it?" in page(desk, "/desk/search?title=99999")


def test_a_lost_copy_and_a_withdrawn_one_are_not_in(desk: DeskClient) -> None:
    assert "Lost" in page(desk, f"/desk/titles/{HAT}")
    assert "Withdrawn" in page(desk, f"/desk/titles/{GONE_TITLE}")
