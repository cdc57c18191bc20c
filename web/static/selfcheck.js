// The self-check page. The server draws every state; this file carries scans there and what it says back here.

import { Eye } from "./eye.js";
import { Finder } from "./finder.js";
import { fitAll } from "./fit.js";
import { Keypad } from "./keypad.js";
import { Outbox } from "./outbox.js";
import { count, overdue } from "./ring.js";
import { play, wake } from "./sound.js";
import { follow } from "./stream.js";
import { listen } from "./wedge.js";

const SILENCE = 2200; // ms without a sign of life before the screen says so
const SIGN_OF_LIFE = 150; // ms before a scan that is not yet answered is shown as being read

const at = (id) => document.getElementById(id);
const stage = at("stage");
const volume = Number(document.body.dataset.volume || 0);
const shown = {
  boot: document.body.dataset.boot,
  seq: Number(stage.dataset.seq),
  outcome: stage.dataset.outcome,
  phase: stage.dataset.phase,
};
let words = {};
let lastHeard = performance.now();
let gone = false;

const outbox = new Outbox({
  answered: apply,
  heard,
  silent,
  changed: () => showWaiting(),
  dropped: () => notice(words.dropped),
});
const keypad = new Keypad(at("keypad"), { submit: (text) => send(text, "keypad"), words: () => words });
const finder = new Finder(at("finder"), { reserve: (title) => outbox.reserve(title), words: () => words });
const dialogs = { keypad, finder };
const isOpen = () => keypad.isOpen || finder.isOpen;

function send(text, source) {
  outbox.scan(text, source);
  setTimeout(showWaiting, SIGN_OF_LIFE);
}

// --- what the server says ---------------------------------------------------------------------------------

function apply(data) {
  if (!data || typeof data.html !== "string") return;
  const restarted = String(data.boot) !== shown.boot;
  if (!restarted && data.seq <= shown.seq) return;
  const fresh = data.outcome !== null && data.outcome !== undefined && String(data.outcome) !== shown.outcome;
  if (data.phase === "idle" && shown.phase !== "idle") keypad.close(); // what one reader typed is not for the next
  if (fresh || (data.phase === "idle" && shown.phase !== "idle")) finder.close();
  Object.assign(shown, { boot: String(data.boot), seq: data.seq, outcome: String(data.outcome ?? ""), phase: data.phase });
  swap(data, fresh);
  if (fresh) play(data.sound, volume);
  announce();
}

function swap(data, fresh) {
  const focused = document.activeElement?.closest("[data-focus]")?.dataset.focus;
  const asked = stage.querySelector("[data-choice]") !== null;
  stage.innerHTML = data.html;
  stage.dataset.phase = data.phase;
  stage.dataset.seq = data.seq;
  stage.dataset.outcome = data.outcome ?? "";
  stage.classList.toggle("is-new", fresh);
  document.documentElement.lang = data.language.replace("_", "-");
  settle(data.seconds, data.secondsTotal);
  if (!isOpen()) refocus(focused, asked);
}

/** Say to a screen reader what the screen says at its centre, once, as one sentence after another. */
function announce() {
  const parts = [...stage.querySelectorAll("[data-say]")].filter((part) => !part.closest("[hidden]"));
  const said = parts.map(spoken).filter(Boolean).join(" ");
  if (said !== at("announce").textContent) at("announce").textContent = said;
}

/** The words of an element without the pinyin over them. */
function spoken(part) {
  const copy = part.cloneNode(true);
  for (const sound of copy.querySelectorAll("rt")) sound.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function settle(seconds, total) {
  words = JSON.parse(at("words").textContent);
  count(seconds ?? null, total);
  fitAll(stage);
  showWaiting();
}

function refocus(focused, asked) {
  const first = stage.querySelector(".choice-main") ?? stage.querySelector("[data-choice]");
  const same = focused && stage.querySelector(`[data-focus="${focused}"]:not(.absent)`);
  if (first && !asked) first.focus();
  else if (same) same.focus();
}

// --- whether the server is there --------------------------------------------------------------------------

function heard() {
  lastHeard = performance.now();
  if (!gone) return;
  setGone(false);
  outbox.drain();
  eye?.start();
}

/** An attempt that got no answer at all: after a whole second of that, there is no need to wait any longer. */
function silent() {
  if (performance.now() - lastHeard > 1000) setGone(true);
}

function setGone(value) {
  gone = value;
  at("gone").hidden = !value;
  if (value) at("notice").hidden = true;
  showWaiting();
}

function watch() {
  if (!gone && performance.now() - lastHeard > SILENCE) setGone(true);
  at("gone").classList.toggle("gone-whole", gone && (shown.phase === "idle" || overdue()));
}

function showWaiting() {
  const waiting = outbox.waiting;
  const box = at("gone");
  box.querySelector(".gone-word").textContent = words.gone;
  box.querySelector(".gone-kept").textContent = waiting ? words.kept.replace("{n}", waiting) : words.gone_next;
  const late = !gone && outbox.age >= SIGN_OF_LIFE - 10;
  at("reading").querySelector("span").textContent = words.reading;
  at("reading").hidden = !late;
}

let noticeTimer = 0;
function notice(text) {
  at("notice").querySelector("span").textContent = text;
  at("notice").hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => (at("notice").hidden = true), 6000);
}

// --- what people and scanners do --------------------------------------------------------------------------

function keyed(event) {
  wake();
  if (event.type === "scan") {
    for (const dialog of Object.values(dialogs)) dialog.close();
    send(event.text, "wedge");
  } else if (event.type === "press") pressed(event.key);
  else if (keypad.isOpen) keypad.press(event.key);
  else if (finder.isOpen) finder.press(event.key);
  else choose(stage.querySelectorAll("[data-choice]")[Number(event.key) - 1]);
}

function pressed(key) {
  const button = document.activeElement?.closest("button");
  if (button) button.click();
  else if (keypad.isOpen && key === "Enter") keypad.press("enter");
}

function choose(button) {
  if (!button) return;
  outbox.choose(button.dataset.choice);
  setTimeout(showWaiting, SIGN_OF_LIFE);
}

function clicked(event) {
  wake();
  const button = event.target.closest("[data-choice], [data-command], [data-open]");
  if (!button || button.classList.contains("absent")) return;
  if (button.dataset.choice) choose(button);
  else if (button.dataset.open) dialogs[button.dataset.open].open();
  else send(button.dataset.command, "command");
}

/** Arrow keys walk between the two choices, and along the buttons of the bar. */
function walk(event) {
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!step || isOpen()) return;
  const choices = [...stage.querySelectorAll("[data-choice]")];
  const buttons = choices.length ? choices : [...stage.querySelectorAll(".bar .button:not(.absent)")];
  const from = buttons.indexOf(document.activeElement);
  buttons[(from + step + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}

listen(document, keyed);
document.addEventListener("click", clicked);
document.addEventListener("keydown", walk);
document.addEventListener("pointerdown", wake, true);
addEventListener("resize", () => fitAll(stage));
settle(stage.dataset.seconds ? Number(stage.dataset.seconds) : null, Number(stage.dataset.secondsTotal));
setInterval(watch, 200);
const eye = at("eye") && new Eye(at("eye"), { changed: () => fitAll(stage), there: () => !gone });
follow("/events", { heard, silent, told: { view: apply, eye: (look) => eye?.look(look) } });
outbox.drain();
