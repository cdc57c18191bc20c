"""Pinyin stands over the characters of sentences, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pinyin import annotate


@pytest.mark.parametrize(
    ("words", "sounds"),
    [
        ("还书日", "huán shū rì"),
        ("还有", "hái yǒu"),
        ("长大", "zhǎng dà"),
        ("已經還書了", "yǐ jīng huán shū le"),
        ("先还一本", "xiān huán yī běn"),
    ],
)
def test_a_character_is_spelt_as_it_is_read_here(words: str, sounds: str) -> None:
    assert re.findall("<rt>(.*?)</rt>", annotate(words)) == sounds.split()


def test_attributes_drawings_and_scripts_stay_as_they_are() -> None:
    kept = '<p title="书"></p><svg><svg><text>书</text></svg>书</svg><script type="application/json">"书"</script>'
    assert annotate(kept) == kept


def test_what_is_not_chinese_stays_as_it_is() -> None:
    assert annotate("<p>Hello, 14 days &amp; 3 books</p>") == "<p>Hello, 14 days &amp; 3 books</p>"


@given(st.lists(st.sampled_from(["<p>", "</p>", "书", "长大", "a &amp; b", "<svg>", "</svg>", "<br>", "，"])))
def test_without_its_ruby_a_page_is_what_it_was(parts: list[str]) -> None:
    page = "".join(parts)
    assert re.sub("<rt>.*?</rt>|</?ruby>", "", annotate(page)) == page
