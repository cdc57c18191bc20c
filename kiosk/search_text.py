"""What a title can be found by, as one text: title, author, ISBN, class number, pinyin and its initials.

A field begins after a line break, and each way in which the title may be said or abbreviated after a tab; so that a
find knows where it begins, and none reaches from one field into the next.
"""

import re
import unicodedata
from collections.abc import Iterator

FIELD, SOUND = "\n", "\t"  # nothing that is typed holds them, once it is `normal`
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_MARKS = " 《「『【〈〔([“‘\"'"
_OTHER_READINGS = 2  # of a first character: 曾 ceng, zeng; 朝 chao, zhao


def normal(text: str) -> str:
    """How text is compared: nothing but letters and digits, the letters small, without width or accents, ü as v."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("u\u0308", "v")
    return "".join(each for each in plain if each.isalnum())


def search_text(title: str, author: str, isbn: str, class_number: str) -> str:
    """The normalised text of a title's row; a search is a LIKE on it."""
    written = FIELD.join(map(normal, (title, author, isbn, class_number)))
    return f"{written}{FIELD}{SOUND}{_joined(SOUND, title)}{FIELD}{_joined(FIELD, author)}"


def _joined(between: str, text: str) -> str:
    return between.join(dict.fromkeys(each for way in zip(*readings(text), strict=True) for each in way))


def readings(text: str) -> list[tuple[str, str]]:
    """The pinyin of the whole text and its initials, in each way in which its first character may be read.

    Never empty, the likeliest first. Of what is not Chinese, words are kept and give their first letter, numbers stay.
    """
    return [("".join(sounds), "".join(map(_initial, sounds))) for sounds in _sounds(text)]


def _initial(sound: str) -> str:
    return sound if sound.isdigit() else sound[:1]


def _sounds(text: str) -> Iterator[list[str]]:
    from pypinyin import Style, lazy_pinyin, pinyin  # its dictionary takes a while to load; most programs add no title

    text = unicodedata.normalize("NFKC", text).lstrip(_MARKS)
    said = lazy_pinyin(text, style=Style.NORMAL)
    sounds = [normal(word) for each in said for word in _WORDS.findall(each)]
    yield sounds
    if sounds:
        same = len(text) - len(text.lstrip(text[0]))  # 重重的石头: both are read alike
        known = pinyin(text[0], style=Style.NORMAL, heteronym=True, errors="ignore")
        others = [each for each in map(normal, known[0] if known else ()) if each != sounds[0]]
        for other in others[:_OTHER_READINGS]:
            yield [*[other] * same, *sounds[same:]]
