// Finding a reader: the list follows what is typed; arrows walk it, Enter opens the page at the counter.
// Without this file the page is a form and links.

import { listen } from "./wedge.js";

const SETTLED = 120; // ms after the last letter

const at = (id) => document.getElementById(id);
const field = at("words");
const found = at("found");
let asking = null; // how to break off the question that is on its way
let typing = 0;

async function ask() {
  clearTimeout(typing);
  asking?.abort();
  const abort = (asking = new AbortController());
  const query = new URLSearchParams(field.value.trim() ? { q: field.value } : {});
  try {
    const response = await fetch(`${found.dataset.list}?${query}`, { signal: abort.signal, cache: "no-store" });
    if (response.redirected) return location.reload(); // nobody is signed in any more
    if (!response.ok) throw new Error(String(response.status));
    const html = await response.text();
    if (abort !== asking) return undefined;
    found.innerHTML = html;
    at("trouble").hidden = true;
    history.replaceState(null, "", `${field.form.action}?${query}`.replace(/\?$/, ""));
  } catch {
    if (!abort.signal.aborted) at("trouble").hidden = false;
  }
  return undefined;
}

const links = () => [...found.querySelectorAll("a[href]")];

/** Open the one reader who is meant; of several, the first. */
async function open() {
  await ask();
  links()[0]?.click();
}

function typed() {
  clearTimeout(typing);
  typing = setTimeout(ask, SETTLED);
}

function keyed(event) {
  if (event.type === "scan") {
    field.value = event.text.trim();
    open();
  } else if (event.type === "press") document.activeElement?.click();
  else if (event.key.length === 1) {
    field.focus(); // whoever goes on typing at a reader of the list means the field
    field.setRangeText(event.key, field.value.length, field.value.length, "end");
    typed();
  }
}

function walk(event) {
  if (event.isComposing) return;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const here = links().indexOf(document.activeElement);
  if (event.key === "Escape") location.assign(found.dataset.counter);
  else if (step) {
    event.preventDefault();
    if (here + step < 0) field.focus();
    else links()[Math.min(here + step, links().length - 1)]?.focus();
  }
}

listen(document, keyed);
document.addEventListener("keydown", walk);
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  open();
});
field.addEventListener("input", (event) => event.isComposing || typed());
field.addEventListener("compositionend", typed);
if (field.value) field.select();
