"""The language a template speaks: Jinja's own i18n extension over the catalogues of kiosk.words."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from flask import Flask

from kiosk.words import day, translations

_language: ContextVar[str] = ContextVar("language", default="zh_Hans")


def speak(app: Flask) -> None:
    """Give the app's templates `_`, `ngettext` and `due_words`, in the language of the moment."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: translations(_language.get()).gettext(message),
        ngettext=lambda one, many, number: translations(_language.get()).ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        due_words=_due_words,
        speaks=_language.get,
    )


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language, one of kiosk.words.LANGUAGES, inside."""
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def _due_words(when: date) -> str:
    return day(when, _language.get())
