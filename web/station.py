"""One station: holds its conversation, takes its scans in turn, and tells its screens."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from kiosk import conversation, turns
from kiosk.config import Config
from kiosk.config import Station as StationConfig
from kiosk.database import DatabaseError
from kiosk.reception import Reception, Reply
from kiosk.turns import State
from scanner.scan import Scan
from web.child import Child, Listener, command
from web.devices import Devices
from web.eye import Eye
from web.mishap import Mishap
from web.painter import Painter, Scene
from web.preview import Preview
from web.view import View

BOOT = uuid4().hex  # a screen that sees another boot id knows that numbers begin anew
_TICK = 0.25  # seconds between looks at the clock
_GRACE = 5.0  # seconds after a start before the first look: a screen may hand in scans of a session that has run out
_REMEMBERED = 500  # scan ids whose repetition is answered without asking the database

Payload = dict[str, Any]


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class Station:
    """Every method may be called from any thread; scans of one station are carried out one after another."""

    def __init__(
        self,
        station: StationConfig,
        config: Config,
        reception: Reception,
        painter: Painter,
        render: Callable[[View], str],
        clock: Callable[[], datetime] = utc_now,
        patterns: Sequence[str] = (),
    ) -> None:
        self.name, self.token, self.camera = station.name, station.token, bool(station.camera)
        self._config, self._reception, self._painter = config, reception, painter
        self._render, self._clock = render, clock
        self.devices, self.eye = Devices(self.changed), Eye(self._woken)
        self.woke: Callable[[], None] = lambda: None  # called when anything here has changed
        self._reply = Reply(State(), ())
        self._mishap, self._restored = Mishap(), False
        self.world: Callable[[], DatabaseError | None] = lambda: None  # what is wrong around us
        self._seq = self._taken = 0
        self._payload: Payload | None = None
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._stopped = threading.Event()
        line = command(station, config, patterns)
        self.child = Child(line, self._listener()) if line else None
        self.preview = Preview(self.child.preview if self.child else lambda wanted: None)

    # What comes in

    def scan(self, text: str, symbology: str, scan_id: str, at: datetime | None = None) -> Payload:
        """Carry out one scan and give back what the screen shows then; the same id again changes nothing."""
        return self._take(
            scan_id, at, lambda now: self._reception.scan(self._reply.state, text, symbology, scan_id, now)
        )

    def choose(self, value: str, scan_id: str, at: datetime | None = None) -> Payload:
        """Carry out a choice made on the screen."""
        return self._take(scan_id, at, lambda now: self._reception.choose(self._reply.state, value, scan_id, now))

    def want(self, title: int, scan_id: str, at: datetime | None = None) -> Payload:
        """Carry out somebody's wish for a title."""
        return self._take(scan_id, at, lambda now: self._reception.want(self._reply.state, title, scan_id, now))

    def help_came(self) -> None:
        """Somebody of the library is here: the screen need not say any more that help was called."""
        self._know(helped=False)

    def stay(self) -> None:
        """Somebody is at the screen without scanning: its silence begins anew."""
        self._know(touched=self._clock())

    def tick(self) -> None:
        """Do what silence asks for, if it is time."""
        with self._lock:
            self._lapse(self._clock())
            if self._mishap.is_over(self._clock(), self._config.timing.outcome_seconds):
                self.refresh()

    def refresh(self) -> None:
        """The world may have changed: look again, and paint what is so now."""
        with self._lock:
            self._mishap.forget()
            with suppress(DatabaseError):  # where the ledger says we were: once, as soon as it can be read
                if not self._restored:
                    self._reply, self._restored = self._reception.restore(), True
            self.changed()

    # What goes out

    def payload(self) -> Payload:
        """What the screen shows now."""
        with self._lock:
            if self._payload is None:
                self._payload = self._paint()
            seconds = self._seconds_left()
            return {**self._payload, "seconds": None if seconds is None else max(seconds, 0)}

    def view(self) -> View:
        """The values behind what the screen shows now."""
        with self._lock:
            return self._view()

    def news(self, seq: int, eye: int, timeout: float) -> bool:
        """Wait for another view than `seq` or another look than `eye`; False when none came for `timeout` seconds."""
        with self._news:
            return self._news.wait_for(
                lambda: self._seq != seq or self.eye.number != eye or self._stopped.is_set(), timeout
            )

    def look(self) -> Payload:
        """What is to be drawn over the camera's picture now."""
        with self._lock:
            return self.eye.told(self._language())

    def changed(self) -> None:
        """Paint anew, and wake the screens."""
        with self._news:
            self._seq += 1
            self._payload = None
            self._news.notify_all()
        self.woke()

    def _know(self, **facts: Any) -> None:
        with self._lock:
            self._reply = replace(self._reply, state=replace(self._reply.state, **facts))
            self.changed()

    def _woken(self) -> None:
        with self._news:
            self._news.notify_all()

    # Its life

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Take up where the ledger says this station was; start its scanner and its clock."""
        self.refresh()
        threading.Thread(target=self._watch_the_clock, name=f"clock of {self.name}", daemon=True).start()
        if self.child:
            self.child.start()

    def stop(self) -> None:
        """End the scanner and let the screens go."""
        self._stopped.set()
        self.changed()
        if self.child:
            self.child.stop()

    def _take(self, scan_id: str, at: datetime | None, carry_out: Callable[[datetime], Reply]) -> Payload:
        with self._lock:
            if scan_id not in self._seen:
                now = min(at or self._clock(), self._clock())
                self._lapse(now)
                self._taken += 1
                with self._mishap.watched(self._clock, unrecorded=True):
                    done = carry_out(now)
                    # What leads to nothing, like another language, leaves on the screen what was there.
                    self._reply = Reply(done.state, done.outcomes or self._reply.outcomes)
                    self._seen.append(scan_id)
                self.changed()
            return self.payload()

    def _lapse(self, now: datetime) -> None:
        timing, state = self._config.timing, self._reply.state
        after, requests = conversation.lapse(state, now, timing.session_seconds, timing.outcome_seconds)
        if after != state or requests:
            before = self._mishap.message
            with self._mishap.watched(self._clock, unrecorded=False):
                done = self._reception.carry_out(after, requests, now)
                self._reply = done if requests and done.state.summary else Reply(done.state, ())
            if not before or before != self._mishap.message:
                self.changed()  # a database that stays broken is not said four times a second

    def _scanned(self, scan: Scan) -> None:
        self.scan(scan.text, scan.symbology, scan.id, scan.at)

    def _listener(self) -> Listener:
        return Listener(
            self._scanned, self.devices.said, lambda jpeg: self.preview.show(jpeg), self.eye.marked, self.eye.hinted
        )

    def _language(self) -> str:
        return self._reply.state.language or self._config.language

    def _watch_the_clock(self) -> None:
        self._stopped.wait(_GRACE)
        while not self._stopped.wait(_TICK):
            self.tick()

    # Painting

    def _seconds_left(self) -> float | None:
        timing = self._config.timing
        return turns.seconds_left(self._reply.state, self._clock(), timing.session_seconds, timing.outcome_seconds)

    def _scene(self) -> Scene:
        state, timing = self._reply.state, self._config.timing
        waits = state.phase in ("session", "holding") or state.question
        return Scene(
            seq=self._seq,
            taken=self._taken,
            state=state,
            outcomes=self._reply.outcomes,
            language=self._language(),
            station=self.name,
            camera=self.camera,
            devices=(*self.devices.told(self._language()), *self._mishap.noted(self.world(), self._language())),
            seconds=self._seconds_left(),
            seconds_total=timing.session_seconds if waits else timing.outcome_seconds,
        )

    def _view(self) -> View:
        if not self._mishap.error:
            try:
                return self._painter.paint(self._scene(), self._clock())
            except DatabaseError as error:
                self._mishap.note(error, self._clock(), unrecorded=False)
        assert self._mishap.error
        return self._painter.blank(self._scene(), self._mishap.error, self._mishap.unrecorded)

    def _paint(self) -> Payload:
        view = self._view()
        return {"boot": BOOT, "html": self._render(view), **view.told()}
