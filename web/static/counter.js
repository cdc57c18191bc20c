// The counter: scans and keys go to the desk one by one, and what it answers is the whole stage. Whose page is open is
// kept here: in the address, so that it outlives a reload, and in what is sent, so that two browsers serve two readers.

import { Keys } from "./counter-keys.js";
import { Outbox } from "./outbox.js";
import { play, wake } from "./sound.js";
import { ownPrefix } from "./tab.js";
import { Trays } from "./trays.js";
import { listen } from "./wedge.js";

const SIGN_OF_LIFE = 600; // ms without an answer before the page says what it keeps

const at = (id) => document.getElementById(id);
const page = at("counter");
const stage = at("stage");
const csrf = document.querySelector("meta[name=csrf]").content;
const quiet = Number(page.dataset.quiet) * 1000;
const title = document.title;
let sitting = page.dataset.sitting;
let touched = Date.now();
let isSilent = false;

const outbox = new Outbox(
  { answered, heard, silent, changed: showWaiting, dropped, shut, troubled },
  { prefix: ownPrefix("kiosk.desk.counter."), headers: () => ({ "X-CSRF": csrf, "X-Counter": sitting }) },
);
const trays = new Trays(page, { send: (deed) => send(page.dataset.deeds, deed) });
const keys = new Keys({ stage, trays, press, leave, number: (first) => trays.open("number", { first }) });

// --- what goes to the desk ------------------------------------------------------------------------------------

/** Send a scan or a deed, with whose page it was meant for; behind others that follows from what they lead to. */
function send(url, body) {
  close(isTooQuiet());
  touched = Date.now();
  at("trouble").hidden = true;
  outbox.send(url, outbox.isEmpty ? { ...body, sitting } : body);
  setTimeout(showWaiting, SIGN_OF_LIFE);
}

function scan(text) {
  trays.leave("number");
  send(page.dataset.scan, { text });
}

function press(button) {
  if (button.matches("a")) return button.click();
  const deed = { do: button.dataset.do, ...JSON.parse(button.dataset.deed ?? "{}") };
  const { ask, about = "" } = button.dataset;
  return ask ? trays.open(ask, { deed, about }) : send(page.dataset.deeds, deed);
}

/** Esc: leave the question or what was waited for; otherwise close the reader's page. */
async function leave() {
  const waits = new URLSearchParams(sitting);
  if (stage.querySelector("[data-question]")) return show(`${page.dataset.stage}?${sitting}`);
  if (waits.has("reader")) return send(page.dataset.deeds, { do: "close" });
  sitting = "";
  return show(page.dataset.stage);
}

// --- what the desk says ---------------------------------------------------------------------------------------

function answered(data) {
  draw(data);
  play(data.sound, Number(page.dataset.volume));
  const said = [...stage.querySelectorAll("[data-say]")].map((part) => part.textContent.replace(/\s+/g, " ").trim());
  at("announce").textContent = said.join(" ");
}

function draw(data) {
  touched = Date.now();
  sitting = data.sitting;
  keys.forget();
  stage.innerHTML = data.html;
  at("trouble").hidden = at("shut").hidden = true;
  document.title = data.title ? `${data.title} · ${title}` : title;
  remember();
}

function remember() {
  history.replaceState(null, "", sitting ? `${location.pathname}?${sitting}` : location.pathname);
}

/** The stage as it is without anything having been done; asked for by nobody's hand, so it keeps nobody signed in. */
async function show(url) {
  const response = await fetch(url, { headers: { "X-CSRF": csrf, "X-Live": "1" }, cache: "no-store" }).catch(() => null);
  if (response?.ok && outbox.isEmpty) draw(await response.json());
}

function heard() {
  isSilent = false;
  showWaiting();
}

function silent() {
  isSilent = true;
  showWaiting();
}

function showWaiting() {
  const words = at("waiting").querySelector("span");
  words.textContent = words.dataset.one.replace("{n}", outbox.waiting);
  at("waiting").hidden = !(isSilent && outbox.age > SIGN_OF_LIFE);
}

function troubled(sentence) {
  at("trouble").querySelector("span").textContent = sentence;
  at("trouble").hidden = !sentence;
}

function dropped() {
  const words = at("trouble").querySelector("span");
  troubled(words.dataset.dropped);
}

function shut() {
  at("shut").hidden = false;
}

// --- what people and scanners do ------------------------------------------------------------------------------

function isTooQuiet() {
  return Boolean(sitting) && Date.now() - touched > quiet;
}

/** A page that nobody has touched for a while is closed, so that the next card's books are not the former reader's. */
function close(isWanted) {
  if (!isWanted) return;
  sitting = "";
  remember();
  if (outbox.isEmpty) show(`${page.dataset.stage}?closed=1`);
}

listen(document, (event) => {
  wake();
  if (event.type === "scan") scan(event.text);
  else keys.typed(event);
});
document.addEventListener("click", (event) => {
  wake();
  const button = event.target.closest("[data-do], [data-help], [data-close]");
  if (!button) return;
  if ("help" in button.dataset) at("help").showModal();
  else if ("close" in button.dataset) button.closest("dialog").close();
  else press(button);
});
page.addEventListener("kiosk:number", (event) => scan(event.detail));
for (const sign of ["keydown", "pointerdown"]) {
  addEventListener(sign, () => !isTooQuiet() && (touched = Date.now()), true);
}
setInterval(() => close(isTooQuiet()), 1000);
if (sitting) remember();
outbox.drain();
