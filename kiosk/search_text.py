"""What a title can be found by, as one text: title, author, ISBN, class number, pinyin and its initials."""

import unicodedata

_BETWEEN = "\n"  # nothing that is typed holds it, so that no find reaches from one field into the next


def normal(text: str) -> str:
    """How text is compared: full-width forms made plain, letters small, blanks and dashes gone."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if each.isalnum())


def search_text(title: str, author: str, isbn: str, class_number: str) -> str:
    """The normalised text of a title's row; a search is a LIKE on it."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a while to load, and most programs add no title

    parts = [title, author, isbn, class_number]
    for words in (title, author):
        sounds = [normal(each) for each in lazy_pinyin(words, style=Style.NORMAL)]
        parts += ["".join(sounds), "".join(each[:1] for each in sounds)]
    return _BETWEEN.join(dict.fromkeys(filter(None, map(normal, parts))))
