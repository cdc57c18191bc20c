"""What classes and kinds of readers are called at the desk."""

from kiosk import words as kiosk_words
from kiosk.marks import say
from web.librarian.door import language, words

_CATEGORIES = {"student": say("Pupil"), "teacher": say("Teacher"), "class": say("A whole class")}


def class_name(grade: int | None, number: int | None, category: str = "") -> str:
    """A class as it is called; where there is none, the kind of reader."""
    called = kiosk_words.class_name(grade, number, language())
    return called or (category_name(category) if category else "")


def category_name(category: str) -> str:
    """What a category of readers is called; one of the school's own is called as the school writes it."""
    return words(_CATEGORIES[category]) if category in _CATEGORIES else category
