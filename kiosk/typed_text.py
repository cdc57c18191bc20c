"""PURE. What somebody typed or a scanner read, as it may be kept and shown: no control characters, and not too long."""


def typed_text(text: str, longest: int, lines: bool = False) -> str:
    """The text without what cannot be printed and without blanks around it; with `lines` its lines are kept apart."""
    kept = "\n".join(_printable(line) for line in text.splitlines()) if lines else _printable(text)
    return kept.strip()[:longest]


def _printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())
