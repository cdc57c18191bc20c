// A page of the desk that stays true by itself: it hears that something has changed, and asks for its content again.
//
//   import { follow, redraw } from "./live.js";
//   follow(() => redraw(document.getElementById("body")));   // <div id="body" data-live="/desk/body">
//
// None of it counts as somebody's doing, so it keeps nobody signed in (header X-Live). An element with the id
// "live-gone" is shown while the server is silent.

import { follow as read } from "./stream.js";

const SILENCE = 2500; // ms without a sign of life before the page says that it may be out of date
const GAP = 300; // ms between two redraws: a class that brings its books back must not keep an old computer busy
const AGAIN = 2000; // ms before a redraw that failed is tried again
const LIVE = { "X-Live": "1" };

/** Call `refresh()` (it may return a promise) now and whenever something has changed, while the page is in view. */
export function follow(refresh, { url = "/desk/events" } = {}) {
  const turns = inTurns(refresh);
  const gone = watchSilence();
  let stop = null;
  const look = () => {
    if (document.hidden) {
      stop?.abort(); // a page that nobody sees takes no connection from those that somebody does
      stop = null;
      gone.pause();
    } else if (!stop) {
      stop = new AbortController();
      gone.heard();
      const handlers = { heard: gone.heard, silent: gone.silent, told: { changed: turns }, shut: () => location.reload() };
      read(url, handlers, { headers: LIVE, signal: stop.signal });
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
}

/** Ask for `element`'s content at its `data-live` address, and put it there. Throws when it cannot be had. */
export async function redraw(element) {
  const response = await fetch(element.dataset.live, { headers: LIVE, cache: "no-store" });
  if (response.status === 401 || response.redirected) return location.reload();
  if (!response.ok) throw new Error(`${response.status}`);
  const html = await response.text();
  await untilReleased();
  swap(element, html);
}

/** Replace what is in `element`; the focus, what was unfolded and the places of inner scrolling stay (by their ids). */
export function swap(element, html) {
  const focused = document.activeElement;
  const held = element.contains(focused) && focused !== element ? place(element, focused) : null;
  const open = [...element.querySelectorAll("details[open][id]")].map((each) => each.id);
  const scrolled = [...element.querySelectorAll("[id]")].filter((each) => each.scrollTop || each.scrollLeft);
  const tops = scrolled.map((each) => [each.id, each.scrollTop, each.scrollLeft]);
  element.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, top, left] of tops) document.getElementById(id)?.scrollTo(left, top);
  if (held) refocus(element, held);
}

function place(element, focused) {
  const all = [...element.querySelectorAll(FOCUSABLE)];
  return { id: focused.id, at: all.indexOf(focused) };
}

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex='0']";

/** The same thing again; when it is gone, what has taken its place; or else the whole. */
function refocus(element, { id, at }) {
  const same = id && document.getElementById(id);
  const all = element.querySelectorAll(FOCUSABLE);
  const next = same || all[Math.min(Math.max(at, 0), all.length - 1)];
  if (next) return next.focus({ preventScroll: true });
  element.tabIndex = -1;
  return element.focus({ preventScroll: true });
}

/** One call after another, never two at once; calls that come meanwhile are one call. */
function inTurns(work) {
  let busy = false;
  let again = false;
  const run = async () => {
    again = busy;
    if (busy) return;
    busy = true;
    let wait = GAP;
    try {
      await work();
    } catch {
      wait = AGAIN;
      again = true;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    busy = false;
    if (again) run();
  };
  return run;
}

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => (pressed = false), true);

/** A button must not be exchanged between being pressed and being let go. */
async function untilReleased() {
  while (pressed) await new Promise((resolve) => setTimeout(resolve, 50));
}

function watchSilence() {
  const sign = document.getElementById("live-gone");
  let last = Infinity;
  const show = (gone) => {
    if (sign && sign.hidden === gone) sign.hidden = !gone;
  };
  setInterval(() => show(performance.now() - last > SILENCE), 250);
  return {
    heard: () => {
      last = performance.now();
      show(false);
    },
    silent: () => {
      if (performance.now() - last > 1000) show(true);
    },
    pause: () => (last = Infinity),
  };
}
