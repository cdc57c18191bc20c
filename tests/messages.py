"""Every message that code and templates ask the catalogues for."""

from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parents[1]
_KEYWORDS = {"_": None, "ngettext": (1, 2), "say": None, "counted": (1, 2)}


def messages() -> set[str | tuple[str, str]]:
    """The messages; a counted one is (singular, plural)."""
    found = set()
    for package in ("kiosk", "web"):
        for _, _, message, _, _ in extract_from_dir(
            ROOT / package,
            [("templates/**.html", "jinja2"), ("**.py", "python")],
            {"templates/**.html": {"encoding": "utf-8"}},
            keywords=_KEYWORDS,
        ):
            found.add(message)
    return found
