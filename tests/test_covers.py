"""Covers drawn for books: the same book looks the same, and every title is readable on it."""

import re
from dataclasses import dataclass

import pytest

from web.covers import FAMILIES, INK, PAPER, Cover, cover, ems_of, family, wrap
from web.motifs import HEIGHT, MOTIFS, WIDTH

LONG = "中华人物故事汇·中华先锋人物故事汇"
TITLES = ["书", "小马过河", LONG, "Charlie and the Chocolate Factory", "", "A" * 60, "，，，"]


@dataclass(frozen=True)
class Book:
    title: str = "小马过河"
    class_number: str = "I287.7"
    cover_seed: int = 7


def test_the_same_book_always_gets_the_same_cover() -> None:
    assert cover(Book()) == cover(Book())


def test_two_books_of_one_class_are_of_one_family_but_differ() -> None:
    one, other = cover(Book(cover_seed=1)), cover(Book(cover_seed=2))
    assert {one.ground, other.ground} <= set(family("I287").grounds)
    assert one.shapes != other.shapes


def test_a_shelf_of_stories_is_not_all_of_one_colour() -> None:
    assert len({cover(Book(cover_seed=seed)).ground for seed in range(12)}) >= 4


def test_books_of_different_classes_have_different_colours() -> None:
    assert cover(Book(class_number="Q95")).ground != cover(Book(class_number="I287")).ground


@pytest.mark.parametrize("class_number", ["", " ", "？", "9", "i287", "W1"])
def test_any_class_number_however_odd_gets_a_cover(class_number: str) -> None:
    assert cover(Book(class_number=class_number)).lines


def test_a_small_letter_is_the_same_class() -> None:
    assert family("i287") == family("I287")


def test_every_family_names_motifs_that_exist() -> None:
    assert {motif for kin in FAMILIES.values() for motif in kin.motifs} <= set(MOTIFS)


def test_no_two_classes_share_a_ground() -> None:
    grounds = [ground for kin in FAMILIES.values() for ground in kin.grounds]
    assert len(grounds) == len(set(grounds))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_the_title_stays_inside_its_plate(title: str, small: bool, seed: int) -> None:
    drawn = cover(Book(title=title, cover_seed=seed), small)
    plate = drawn.plate
    assert plate.x + plate.width <= WIDTH and plate.y >= 0 and plate.y + plate.height <= HEIGHT
    for line in drawn.lines:
        assert plate.y < line.y < plate.y + plate.height
        assert ems_of(line.text) * drawn.size <= plate.width + drawn.size


def test_the_whole_of_a_long_title_is_set_on_a_large_cover() -> None:
    assert "".join(line.text for line in cover(Book(title=LONG)).lines) == LONG


def test_a_title_too_long_for_a_small_cover_ends_in_an_ellipsis() -> None:
    assert cover(Book(title=LONG), small=True).lines[-1].text.endswith("…")


def test_no_line_begins_with_a_closing_mark() -> None:
    for ems in range(3, 9):
        assert not any(line[0] in "，。》）·：" for line in wrap("《小马，过河》：一个（老）故事·上", ems))


def test_an_english_title_breaks_between_words() -> None:
    assert wrap("The Snowy Day", 5.0) == ["The", "Snowy", "Day"]


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_title_is_ink_on_paper_whatever_the_colours_of_the_cover() -> None:
    assert (_luminance(PAPER) + 0.05) / (_luminance(INK) + 0.05) >= 7


def test_every_colour_is_a_plain_hexadecimal_attribute() -> None:
    drawn: Cover = cover(Book())
    for colour in (drawn.ground, drawn.spine, *(shape.stroke for shape in drawn.shapes)):
        assert re.fullmatch(r"#[0-9a-f]{6}|none", colour)
