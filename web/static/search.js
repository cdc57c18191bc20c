// Search at the desk: the titles follow what is typed; arrows walk them, Enter opens one beside the list.
// Without this file the page is a form and links.

import { listen } from "./wedge.js";

const SETTLED = 120; // ms after the last letter

const at = (id) => document.getElementById(id);
const field = at("words");
const found = at("found");
const panel = at("title");
const asking = { list: null, panel: null }; // how to break off the question that is on its way
let typing = 0;

// --- what the desk says ------------------------------------------------------------------------------------

/** The piece of a page at this address; null when another question has followed, or none came. */
async function piece(url, place) {
  asking[place]?.abort();
  const abort = (asking[place] = new AbortController());
  try {
    const response = await fetch(url, { signal: abort.signal, cache: "no-store" });
    if (response.redirected) return location.reload(); // nobody is signed in any more
    if (!response.ok) throw new Error(String(response.status));
    const html = await response.text();
    at("trouble").hidden = true;
    return abort === asking[place] ? html : null;
  } catch {
    if (!abort.signal.aborted) at("trouble").hidden = false;
    return null;
  }
}

/** Show the titles for what stands in the field; a scan opens the one that it names. */
async function ask(scanned = false) {
  clearTimeout(typing);
  await list(new URLSearchParams(field.value.trim() ? { q: field.value } : {}));
  const named = found.querySelector("[data-named]")?.dataset.named;
  if (scanned && named) await open(named);
}

async function list(query) {
  const html = await piece(`${found.dataset.list}?${query}`, "list");
  if (html === null || html === undefined) return;
  found.innerHTML = html;
  found.scrollTop = 0;
  mark();
  history.replaceState(null, "", `${field.form.action}?${query}`.replace(/\?$/, ""));
}

async function open(title) {
  const html = await piece(`${panel.dataset.titles}${title}/panel`, "panel");
  if (html === null || html === undefined) return;
  panel.innerHTML = html;
  panel.dataset.shown = title;
  panel.hidden = false;
  panel.parentElement.classList.add("search-open");
  mark();
}

function close() {
  panel.hidden = true;
  panel.dataset.shown = "";
  panel.parentElement.classList.remove("search-open");
  mark();
}

function mark() {
  for (const row of found.querySelectorAll("[data-title]")) {
    row.classList.toggle("is-here", row.dataset.title === panel.dataset.shown);
  }
}

// --- what people and scanners do ---------------------------------------------------------------------------

function keyed(event) {
  if (event.type === "scan") {
    field.value = event.text.trim();
    field.focus();
    field.select();
    ask(true);
  } else if (event.type === "press") document.activeElement?.click();
  else if (event.key === "/") seek();
  else if (event.key.length === 1) {
    field.focus(); // whoever goes on typing at a title of the list means the search
    field.setRangeText(event.key, field.value.length, field.value.length, "end");
    typed();
  }
}

function seek() {
  field.focus();
  field.select();
}

function typed() {
  clearTimeout(typing);
  typing = setTimeout(ask, SETTLED);
}

function walk(event) {
  if (event.isComposing) return;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const links = [...found.querySelectorAll("[data-title] a")];
  const here = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    close();
    seek();
  } else if (step && (here >= 0 || document.activeElement === field)) {
    event.preventDefault();
    if (here + step < 0) field.focus();
    else links[Math.min(here + step, links.length - 1)]?.focus();
  }
}

function clicked(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a window of its own, if so wished
  const row = event.target.closest("[data-title]");
  const page = event.target.closest(".tools a");
  if (row) open(row.dataset.title);
  else if (page) list(new URL(page.href).searchParams);
  if (row || page) event.preventDefault();
}

async function submitted(event) {
  event.preventDefault();
  await ask();
  const named = found.querySelector("[data-named]")?.dataset.named;
  const first = named || found.querySelector("[data-title]")?.dataset.title;
  if (first) await open(first);
}

listen(document, keyed);
document.addEventListener("keydown", walk);
found.addEventListener("click", clicked);
field.form.addEventListener("submit", submitted);
field.addEventListener("input", (event) => event.isComposing || typed());
field.addEventListener("compositionend", typed);
if (field.value) field.select();
