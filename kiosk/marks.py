"""PURE. Marks for the messages that the catalogues must translate; a test compares marks and catalogues."""


def say(message: str) -> str:
    """Mark a message."""
    return message


def counted(singular: str, plural: str, number: str) -> tuple[str, str, str]:
    """Mark a counted message; `number` names the fact that decides between the two."""
    return singular, plural, number
