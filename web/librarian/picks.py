"""The reasons that are picked by a number. The ledger keeps what stood on the key, in the language it was read in."""

from kiosk.marks import say

OVERRIDES = (
    say("A teacher asks for it"),
    say("For a reading project"),
    say("It comes back within days"),
    say("The missing book is paid for or replaced"),
    say("Label or card has just been replaced"),
)
