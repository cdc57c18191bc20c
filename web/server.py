"""Serves the screens with waitress, and prints where each one is."""

import gc
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from flask import Flask
from waitress.server import create_server

from kiosk import memory
from kiosk.config import Config
from kiosk.database import Database, DatabaseError
from kiosk.opening import Opening
from kiosk.trouble import on_terminal
from web import MOST_STREAMS, create_app
from web.guard import LOOPBACK
from web.house import House

THREADS = MOST_STREAMS + 8  # so that eight are always left for scans


def serve(config: Config, database: Database, opening: Opening) -> None:
    """Serve until told to stop, also while the database is not open: then every screen says why.

    Raises DatabaseError when the address cannot be had.
    """
    app = create_app(config, database)
    house: House = app.extensions["kiosk"]
    house.caretaker.opening = opening
    try:
        server = create_server(
            app, host=config.listen, port=config.port, threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
        )
    except OSError as error:
        where = f"{config.listen}:{config.port}"
        raise DatabaseError(
            f"{where} cannot be used ({error.strerror}). Is the kiosk running already? Another port: "
            'write "port = 8081" into config.toml.',
            retry=True,
        ) from error
    for station in house.stations:
        station.start()
    house.caretaker.start()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _leaving(house))
    with suppress(OSError):  # a log on a disk that is full
        print(_addresses(app, config, database), flush=True)
    gc.freeze()  # what is loaded now stays: looking it through again would cost some scan a tenth of a second
    try:
        server.run()  # until SystemExit, which it keeps to itself
        on_terminal("The kiosk is closed. Everything acknowledged is on disk.")
    finally:
        house.caretaker.stop()
        _let_go(house)
        server.close()


def _let_go(house: House) -> None:
    for station in house.stations:
        station.stop()


def _leaving(house: House) -> Callable[[int, FrameType | None], None]:
    """Stops the stations first: their streams end, and waitress need not wait for them."""

    def leave(number: int, frame: FrameType | None) -> None:
        _let_go(house)
        raise SystemExit(0)

    return leave


def _addresses(app: Flask, config: Config, database: Database) -> str:
    host = "127.0.0.1" if config.listen in (*LOOPBACK, "0.0.0.0", "::") else config.listen
    root = f"http://{host}:{config.port}"
    lines = [f"  {root}/        self-check, station {config.station.name!r}"]
    lines.append(f"  {root}/desk    the librarian's desk")
    try:
        with database.reading() as connection:
            if memory.setting(connection, "demo") == "1":
                lines.append(f"  {root}/demo    cards and labels to print or hold up on a phone (demo data)")
    except DatabaseError as error:
        lines.append(f"  Its screens say: {error}")
    lines += [f"  {root}/        on another machine, with its token: station {each.name!r}" for each in config.stations]
    return "\n".join(["The kiosk is open:", *lines])
