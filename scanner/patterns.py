"""The school's own cards and labels, known by regular expressions such as `1\\d{7}`. Pure.

The kiosk learns them from its database and hands them over on the command line, one `--pattern` each. A text that
one of them matches from its first to its last character is believed at the first view; any other must prove itself.
"""

import re
from collections.abc import Sequence

from scanner.scan import ScannerError

_LONGEST = 200  # characters of an expression: what is learnt from a school's labels has a tenth of it


class Patterns:
    """A school's patterns; none at all match nothing. Raises ScannerError for what is no regular expression."""

    def __init__(self, expressions: Sequence[str] = ()) -> None:
        self.expressions = tuple(dict.fromkeys(expressions))
        self._compiled = tuple(_compiled(expression) for expression in self.expressions)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._compiled)

    def match(self, text: str) -> bool:
        """Whether this is the text of a card or a label of the school."""
        return any(pattern.fullmatch(text) for pattern in self._compiled)


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        if not expression or len(expression) > _LONGEST:
            raise ValueError(f"it has {len(expression)} characters")
        return re.compile(expression)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        message = f"{expression[:80]!r} is no pattern of a label: {error}."
        raise ScannerError(message, reason="CAMERA_PATTERN") from error
