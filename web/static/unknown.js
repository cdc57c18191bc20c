// Unknown codes: what is scanned while the page is open goes to the field that is being filled; digits choose a way,
// arrows walk what was found. Without this file the pages are forms and links.

import { listen } from "./wedge.js";

const FIELDS = "input[name=q], form.fill input:not([type=hidden])";
const code = document.getElementById("code")?.dataset.code;

/** Where a scanned code belongs: an ISBN to its own field; else the field in which somebody is, if it takes codes, the
 *  first empty one that does, or whatever is being filled. */
function wanted(text) {
  const all = [...document.querySelectorAll(FIELDS)];
  const isbn = /^97[89]\d{10}$/.test(text) && all.find((field) => field.dataset.scan === "isbn");
  const takes = all.filter((field) => field.dataset.scan && field.dataset.scan !== "isbn");
  const focused = document.activeElement?.closest(FIELDS);
  if (isbn) return isbn;
  if (focused && takes.includes(focused)) return focused;
  return takes.find((field) => !field.value) ?? focused ?? takes[0] ?? all.find((field) => !field.value);
}

function scanned(text) {
  const said = text.trim();
  const field = wanted(said);
  if (!field || said === code) return field?.focus(); // the very thing that is to be named
  field.value = said;
  if (field.dataset.scan === "submit") return field.form.requestSubmit();
  const all = [...field.form.querySelectorAll("input:not([type=hidden]), select, button")];
  return all[all.indexOf(field) + 1]?.focus();
}

function press() {
  const there = document.activeElement;
  if (there?.matches("select")) there.showPicker?.();
  else there?.closest("a, button, summary")?.click();
}

function keyed(event) {
  if (event.type === "scan") scanned(event.text);
  else if (event.type === "press") press();
  else if (event.type === "typed") document.querySelector(`[data-key="${event.key}"]`)?.click();
}

/** Arrows walk the rows, and from the field down into them. */
function walk(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || event.target.closest("select")) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? rows[0] : null) : rows[at + step] ?? (step < 0 ? document.querySelector("#f-q") : null);
  if (!next) return;
  next.focus();
  event.preventDefault();
}

listen(document, keyed);
document.addEventListener("keydown", walk);
document.body.dataset.listening = "true";
