"""A backup in a process of its own: `python -m kiosk.copying URL FILE`. It says how it goes, one JSON object a line.

The audit of a large library takes a minute of one processor; in the server that minute would be felt at every scan.
{"done", "total"} are pages copied. The last line is {"entries", "loans"}, or what went wrong: {"message", "facts",
"retry"}.
"""

import dataclasses
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from kiosk.backup import backup
from kiosk.database import Database
from kiosk.trouble import DatabaseError


def main() -> int:
    """Make the backup and say how it goes; whoever reads may leave, and then there is no backup."""
    url, file = sys.argv[1:]
    if hasattr(os, "nice"):
        os.nice(10)  # a child waiting at the kiosk comes first
    try:
        made = backup(Database(url), Path(file), progress=lambda done, total: _say(done=done, total=total))
        with suppress(BrokenPipeError):
            _say(**dataclasses.asdict(made))
    except DatabaseError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        with suppress(BrokenPipeError):
            _say(message=error.message, facts=facts, retry=error.retry)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _say(**values: object) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
