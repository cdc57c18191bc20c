"""PURE. What a code's text can mean: a reader's card, a copy's label, an ISBN, a command, or nothing we know.

A school's numbers are its own: digits or letters, leading zeros kept. A text without a site prefix may therefore be
a card and a label at once; every reading that makes sense is given, most likely first, and the database decides.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 80  # characters; the columns `reader.card` and `copy.label` hold as many
COMMANDS = ("DONE", "UNDO", "RENEW", "HELP", "LANGUAGE")

_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_NOISE = "".join(map(chr, range(33))) + "\x7f\ufeff\u3000\u00a0"
_AIM_SYMBOLOGY = {"A": "CODE39", "C": "CODE128", "E": "EAN13", "F": "CODABAR", "I": "ITF", "Q": "QR"}
_CODABAR = re.compile(r"^([A-Da-d])([0-9$:/.+-]+)([A-Da-d])$")
_CODABAR_VALUES = "0123456789-$:/.+ABCD"
_CODE39_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class LabelRules:
    """How this school's barcodes are made: site prefixes, and whether a last character is a check digit."""

    card_prefix: str = ""
    copy_prefix: str = ""
    codabar_check: bool = False
    code39_check: bool = False


@dataclass(frozen=True, slots=True)
class ReaderCard:
    """The text of a reader's card (证条码号)."""

    number: str


@dataclass(frozen=True, slots=True)
class CopyLabel:
    """The text of a copy's label (册条码号)."""

    number: str


@dataclass(frozen=True, slots=True)
class Isbn:
    """A publisher's ISBN, always as 13 digits."""

    isbn: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command card or button: one of COMMANDS, and for LANGUAGE the language asked for."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A text that can be nothing of ours: EMPTY, TOO_LONG, CONTROL_CHARACTERS or CHECK_DIGIT."""

    why: str


Meaning = ReaderCard | CopyLabel | Isbn | Command | Unknown


def meanings(text: str, rules: LabelRules, symbology: str = "") -> tuple[Meaning, ...]:
    """Everything the text can mean, most likely first; never empty.

    `symbology` is the scanner's word for the kind of barcode, or "" when it does not say (most keyboard wedges);
    an AIM identifier in front of the text (ISO/IEC 15424, like `]C1`) says it too.
    """
    text, symbology = _without_noise(text, symbology)
    if why := _unusable(text):
        return (Unknown(why),)
    if command := _command(text):
        return (command,)
    numbers = tuple(_numbers(text, symbology, rules))
    if not numbers:
        return (Unknown("CHECK_DIGIT"),)
    found: dict[Meaning, None] = {}
    for number in numbers:
        found.update(dict.fromkeys(_owned(number, rules)))
    if isbn := isbn13(text):
        found[Isbn(isbn)] = None
    return tuple(found)


def isbn13(text: str) -> str | None:
    """The 13 digits of an ISBN-13 or ISBN-10 with a right check digit (ISO 2108), or None. Hyphens are allowed."""
    digits = re.sub(r"[-\s]", "", text).upper()
    if re.fullmatch(r"97[89][0-9]{10}", digits) and _ean_check(digits[:12]) == digits[12]:
        return digits
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        values = [10 if each == "X" else int(each) for each in digits]
        if sum(value * (10 - place) for place, value in enumerate(values)) % 11 == 0:
            return "978" + digits[:9] + _ean_check("978" + digits[:9])
    return None


def codabar_check(body: str) -> str:
    """The modulo 16 check character of a Codabar text that includes its start and stop letters (EN 798)."""
    return _CODABAR_VALUES[-sum(map(_CODABAR_VALUES.index, body.upper())) % 16]


def code39_check(body: str) -> str:
    """The modulo 43 check character of a Code 39 text (ISO/IEC 16388). Raises ValueError outside its alphabet."""
    return _CODE39_VALUES[sum(map(_CODE39_VALUES.index, body)) % 43]


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is right by Luhn's formula (ISO/IEC 7812-1), as on 14-digit library Codabar."""
    values = [int(each) for each in reversed(digits)]
    return sum(values[0::2] + [sum(divmod(2 * each, 10)) for each in values[1::2]]) % 10 == 0


def _without_noise(text: str, symbology: str) -> tuple[str, str]:
    text = text[: LONGEST * 8].strip(_NOISE)
    if found := _AIM.match(text):
        symbology = symbology or _AIM_SYMBOLOGY.get(found[0][1], "")
        text = text[3:].strip(_NOISE)
    return unicodedata.normalize("NFKC", text).strip(), symbology  # an input method may widen digits to １２３


def _unusable(text: str) -> str:
    if not text:
        return "EMPTY"
    if len(text) > LONGEST:
        return "TOO_LONG"
    if any(unicodedata.category(each) in _FORBIDDEN for each in text):
        return "CONTROL_CHARACTERS"
    return ""


def _command(text: str) -> Command | None:
    name, _, argument = text.partition(":")
    if name.upper().startswith("KIOSK-") and name[6:].upper() in COMMANDS:
        return Command(name[6:].upper(), argument)
    return None


def _numbers(text: str, symbology: str, rules: LabelRules) -> Iterator[str]:
    """The number without its symbology's frame, and the text as it stands where that may be the number too."""
    framed = _CODABAR.match(text) if symbology in ("CODABAR", "") else None
    if framed or symbology == "CODABAR":
        body = framed[2] if framed else text
        if rules.codabar_check:
            body = _codabar_checked(text if framed else f"A{text}A", body)
        if body:
            yield body
        if symbology == "CODABAR":
            return
    if rules.code39_check and symbology in ("CODE39", "") and len(text) > 1:
        body, upper = text[:-1], text.upper()
        if set(upper) <= set(_CODE39_VALUES) and code39_check(upper[:-1]) == upper[-1]:
            yield body
        if symbology == "CODE39":
            return
    yield text
    if text != text.upper() and len(text.upper()) == len(text):  # ß grows
        yield text.upper()  # a wedge with Caps Lock the wrong way round


def _codabar_checked(framed: str, body: str) -> str:
    """The body without its check character, or "" when that is wrong. A 14-digit library number keeps its own."""
    if re.fullmatch(r"[0-9]{14}", body):
        return body if luhn_holds(body) else ""
    if len(body) < 2 or not set(framed.upper()) <= set(_CODABAR_VALUES):
        return ""
    return body[:-1] if codabar_check(framed[:-2] + framed[-1]) == framed[-2].upper() else ""


def _owned(number: str, rules: LabelRules) -> Iterator[Meaning]:
    """A number with a site prefix is sure of its kind; one without may be either."""
    if rules.card_prefix and number.startswith(rules.card_prefix) and number != rules.card_prefix:
        yield ReaderCard(number.removeprefix(rules.card_prefix))
    if rules.copy_prefix and number.startswith(rules.copy_prefix) and number != rules.copy_prefix:
        yield CopyLabel(number.removeprefix(rules.copy_prefix))
    yield ReaderCard(number)
    yield CopyLabel(number)


def _ean_check(twelve: str) -> str:
    """The check digit of an EAN-13 (GS1 General Specifications, 7.9)."""
    return str(-sum(int(each) * (3 if place % 2 else 1) for place, each in enumerate(twelve)) % 10)
