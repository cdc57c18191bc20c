// What a page keeps until the desk has answered belongs to its tab: two tabs of one browser serve two readers. What a
// tab has left behind that is no longer there is taken over by the next one.

import { newId } from "./outbox.js";

const ALIVE = "tab-alive."; // + a tab's name: when it was last there
const BEAT = 2000; // ms
const GONE = 15_000; // ms without a beat

/** The beginning of the names under which this tab keeps things; it stays the same when the page is loaded again. */
export function ownPrefix(base) {
  try {
    const tab = sessionStorage.getItem(base) ?? newId().slice(0, 8);
    sessionStorage.setItem(base, tab);
    const beat = () => localStorage.setItem(ALIVE + tab, Date.now());
    beat();
    setInterval(beat, BEAT);
    takeOver(base, tab);
    return `${base}${tab}.`;
  } catch {
    return base; // nothing can be kept here at all
  }
}

function takeOver(base, tab) {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(ALIVE) && isGone(name.slice(ALIVE.length))) localStorage.removeItem(name);
  }
  for (const name of Object.keys(localStorage).filter((each) => each.startsWith(base))) {
    const [owner, ...rest] = name.slice(base.length).split(".");
    if (owner === tab || !isGone(owner)) continue;
    localStorage.setItem(`${base}${tab}.${rest.join(".")}`, localStorage.getItem(name));
    localStorage.removeItem(name);
  }
}

function isGone(tab) {
  return Date.now() - Number(localStorage.getItem(ALIVE + tab) ?? 0) > GONE;
}
