"""What the camera has before it: where codes are, which of them are read, and what would help to read them."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from kiosk.marks import say
from kiosk.words import translations

Mark = dict[str, Any]  # {"corners": four [x, y] from 0 to 1 of the picture, "read": bool}

_HINTS = {
    "TOO_BLURRED": say("Hold it still, a little further away."),
    "TOO_DARK": say("More light, please."),
    "TOO_SMALL": say("Hold it a little nearer."),
    "TOO_NEAR": say("Hold it a little further away."),
    "GLARE": say("Tilt it a little: it shines."),
}


class Eye:
    """The newest marks and hint of one camera; `changed` is called when they are others. They are never kept."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._lock = changed, Lock()
        self._marks: list[Mark] = []
        self._hint = ""
        self.number = 0  # grows with every change

    def marked(self, marks: list[Mark]) -> None:
        """Codes were located, read, or have left."""
        with self._lock:
            if marks == self._marks:
                return
            self._marks, self.number = marks, self.number + 1
        self._changed()

    def hinted(self, code: str) -> None:
        """A code is seen and cannot be read, because of this; "" when that is over."""
        with self._lock:
            self._hint, self.number = code, self.number + 1
        self._changed()

    def told(self, language: str) -> dict[str, Any]:
        """What a screen draws over the picture, the hint as a sentence."""
        with self._lock:
            words = _HINTS.get(self._hint)
            return {"marks": self._marks, "hint": translations(language).gettext(words) if words else ""}
