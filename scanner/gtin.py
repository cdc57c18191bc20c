"""Article numbers as GTIN-13: one form for EAN-13, UPC-A and UPC-E, with the check digit verified by us."""


def check_digit_holds(digits: str) -> bool:
    """Whether the last digit is right. True for no other length than 8, 12 and 13."""
    if len(digits) not in (8, 12, 13) or not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0


def from_upc_a(digits: str) -> str:
    """UPC-A's twelve digits as the thirteen that the same bars mean as EAN-13."""
    return digits.rjust(13, "0")


def from_upc_e(digits: str) -> str:
    """UPC-E's eight digits (number system, six digits, check digit) with the zeros put back; 13 digits stay.

    Returns "" for what cannot be UPC-E.
    """
    if len(digits) == 13:
        return digits
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()) or digits[0] not in "01":
        return ""
    system, six, check = digits[0], digits[1:7], digits[7]
    if six[5] in "012":
        body = six[:2] + six[5] + "0000" + six[2:5]
    elif six[5] == "3":
        body = six[:3] + "00000" + six[3:5]
    elif six[5] == "4":
        body = six[:4] + "00000" + six[4]
    else:
        body = six[:5] + "0000" + six[5]
    return "0" + system + body + check
