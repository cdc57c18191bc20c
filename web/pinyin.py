"""PURE. Pinyin over the characters of a page, for readers who do not know them all yet."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
# 还 is huán where a book comes back; the library's own words are missing from the dictionary of phrases.
_COMING_BACK = ("还书", "還書", "还回", "還回", "先还", "先還", "记得还", "記得還")
_MARKUP = re.compile(r"<(?:svg|script|template)\b.*?</(?:svg|script|template)>|<[^>]*>", re.DOTALL)


def annotate(html: str) -> str:
    """The page with a `ruby` for every run of characters; drawings, scripts and attributes stay as they are.

    Drawings inside drawings are left whole too, as long as the outer one is closed last.
    """
    done, at = [], 0
    for tag in _MARKUP.finditer(html):
        if tag.start() < at:
            continue
        done += [_HAN.sub(_ruby, html[at : tag.start()]), html[tag.start() : (at := _end(html, tag))]]
    return "".join([*done, _HAN.sub(_ruby, html[at:])])


def _end(html: str, tag: re.Match[str]) -> int:
    """Where the markup that begins here ends; a drawing ends where as many were closed as opened."""
    if not tag[0].startswith("<svg"):
        return tag.end()
    depth = 0
    for each in re.compile(r"<svg\b|</svg>").finditer(html, tag.start()):
        depth += 1 if each[0] == "<svg" else -1
        if depth == 0:
            return each.end()
    return len(html)


def _ruby(run: re.Match[str]) -> str:
    return _spelt(run[0])


load_phrases_dict(
    {
        phrase: [[each] for each in lazy_pinyin(phrase.replace("还", "環").replace("還", "環"), style=Style.TONE)]
        for phrase in _COMING_BACK
    }
)


@lru_cache(maxsize=2048)
def _spelt(characters: str) -> str:
    # The whole run is spelt at once, because the characters around one decide how it is read: 还书 hái or huán.
    sounds = lazy_pinyin(characters, style=Style.TONE)
    return "".join(f"<ruby>{each}<rt>{sound}</rt></ruby>" for each, sound in zip(characters, sounds, strict=True))
