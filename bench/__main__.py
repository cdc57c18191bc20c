"""`python -m bench [PART ...] [--quick]`: every performance figure the project claims; PARTS names the parts."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

PARTS = ("desk", "screen", "reconcile", "scanner", "preview", "decode", "clips", "idle", "search")


def main(argv: Sequence[str]) -> None:
    """Run the named parts, or all, with the options given. Nothing is kept but what is printed."""
    named = [word for word in argv if word in PARTS]
    options = [word for word in argv if word not in PARTS]
    for part in named or PARTS:
        run: Callable[[list[str]], None] = import_module(f"bench.{part}").main
        run(options)


if __name__ == "__main__":
    main(sys.argv[1:])
