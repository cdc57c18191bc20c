"""Real photographs, where they are at hand: nothing wrong is read on them, and enough is."""

import warnings
from functools import cache
from pathlib import Path

from bench.decode import matter, ours, part, rows, score

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
ONE_OF = 4  # every fourth photograph, by a hash of its name
FLOOR = 0.93  # of the sample's photographs with a code, of which 0.966 were read when this was written
WITHOUT_FOCUS = 0.85  # of those that a camera without autofocus took


@cache
def results():
    if not (CORPUS / "manifest.csv").is_file():
        warnings.warn(f"The photographs of {CORPUS.name} are not here: reading them was left out.", stacklevel=2)
        return ()
    return tuple(score(CORPUS, [row for row in rows(CORPUS) if part(row, ONE_OF) == 0], ours))


def share_read(of):
    return sum(one.read for one in of) / max(len(of), 1)


def test_no_photograph_gives_a_wrong_text():
    assert {one.row.path: one.wrong for one in results() if one.wrong} == {}


def test_enough_of_the_photographs_are_read():
    with_code = [one for one in results() if one.row.positive]
    assert not with_code or share_read(with_code) >= FLOOR


def test_photographs_of_a_camera_without_autofocus_are_read():
    blurred = [one for one in results() if one.row.source == "artelab2"]
    assert not blurred or share_read(blurred) >= WITHOUT_FOCUS


def test_article_numbers_are_compared_as_thirteen_digits_and_texts_without_blanks():
    assert matter("036000291452") == matter("0036000291452")
    assert matter("LIB 000\n123") == "LIB000123"
