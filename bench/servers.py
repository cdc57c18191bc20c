"""Servers in processes of their own: the kiosk over a demo school, and the barest echo to compare it with."""

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from waitress.server import create_server

from kiosk import demo
from kiosk.config import Config, Station
from kiosk.database import Database
from kiosk.opening import Opening
from web.server import THREADS, serve

ZONE = "Asia/Shanghai"
_PATIENCE = 30.0  # seconds until a server has to listen
_PAGE = """<!doctype html><meta charset="utf-8"><title>echo</title><p id="echo"></p><script>
let typed = "";
const stage = document.getElementById("echo");
const show = (text, how) => { if (stage.textContent !== text) { stage.dataset.how = how; stage.textContent = text; } };
new EventSource("/events").onmessage = (event) => show(JSON.parse(event.data), "stream");
document.addEventListener("keydown", async (event) => {
  if (event.key.length === 1) typed += event.key;
  if (event.key !== "Enter") return;
  const headers = {"Content-Type": "application/json"};
  const body = JSON.stringify({text: typed});
  typed = "";
  show(await (await fetch("/scan", {method: "POST", headers, body})).json(), "answer");
});
</script>"""


def demo_config(folder: Path, camera: str = "") -> Config:
    """A configuration with a demo school already in its database, on a free port."""
    config = Config(
        path=folder / "config.toml",
        database=f"sqlite:///{folder / 'kiosk.sqlite'}",
        port=free_port(),
        station=Station(camera=camera),
    )
    database = Database(config.database, config.synchronous)
    database.migrate()
    demo.load(database, config.timezone, datetime.now(UTC))
    database.engine.dispose()
    return config


def serve_kiosk(config: Config) -> None:
    """The kiosk itself, as `bin/kiosk` serves it, but for the addresses it prints."""
    database = Database(config.database, config.synchronous)
    with redirect_stdout(StringIO()), Opening(config, database, lambda: datetime.now(UTC)) as opening:
        opening.attempt()
        serve(config, database, opening)


def serve_echo(port: int) -> None:
    """Flask and waitress, nothing else: what is posted comes back as the answer, and on a stream."""
    app, news, said = Flask(__name__), threading.Condition(), [""]

    @app.get("/")
    def page() -> str:
        return _PAGE

    @app.post("/scan")
    def scan() -> Response:
        with news:
            said[0] = request.get_json()["text"]
            news.notify_all()
        return jsonify(said[0])

    @app.get("/events")
    def events() -> Response:
        def stream() -> Iterator[bytes]:
            while True:
                with news:
                    told = news.wait(timeout=1.0)
                yield f"data: {json.dumps(said[0])}\n\n".encode() if told else b": beat\n\n"

        return Response(stream(), content_type="text/event-stream", headers={"Cache-Control": "no-store"})

    create_server(app, host="127.0.0.1", port=port, threads=THREADS, ident=None).run()


@contextmanager
def running(target: Callable[..., None], port: int, *arguments: Any) -> Iterator[str]:
    """`target(*arguments)` in a process of its own, from when it listens on `port`; gives its address."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    latest = time.monotonic() + _PATIENCE
    while time.monotonic() < latest:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {_PATIENCE:.0f} s")
