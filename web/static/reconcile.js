// The reconcile page: scans go to the server one by one, what it answers is shown large and heard; the counts follow
// what the other scanner does. Without a mouse: U takes the last line out, P sends its book to repair, F finishes.

import { follow, redraw, swap } from "./live.js";
import { Outbox } from "./outbox.js";
import { play, wake } from "./sound.js";
import { listen } from "./wedge.js";

const at = (id) => document.getElementById(id);
const page = at("reconcile");
const volume = Number(page.dataset.volume || 0);
const address = location.pathname;
const csrf = document.querySelector("meta[name=csrf]").content;
const outbox = new Outbox(
  {
    answered,
    heard: () => waiting(false),
    silent: () => waiting(true),
    changed: () => waiting(null),
    dropped,
    shut,
    troubled,
  },
  { prefix: `kiosk.desk.${address}.`, headers: () => ({ "X-CSRF": csrf }) },
);
let typed = "";
let silent = false;

// --- what the server says -----------------------------------------------------------------------------------

function answered(data) {
  if (at("shut")) at("shut").hidden = true;
  if (at("trouble")) at("trouble").hidden = true;
  at("said").innerHTML = data.said;
  if (at("body")) swap(at("body"), data.body);
  else if (data.sound === "returned") setTimeout(() => location.reload(), 900); // one is missing no more
  play(data.sound, volume);
}

function dropped(status) {
  if (status === 409 || status === 404) location.reload();
}

function shut() {
  if (at("shut")) at("shut").hidden = false;
  else location.reload();
}

/** The desk cannot write just now, and says why; what was scanned is kept and tried again. */
function troubled(sentence) {
  const box = at("trouble");
  if (!box) return;
  box.querySelector("span").textContent = `${sentence} ${at("waiting").querySelector("span").dataset.kept.replace("{n}", outbox.waiting)}`;
  box.hidden = false;
}

function waiting(isSilent) {
  if (isSilent !== null) silent = isSilent;
  const box = at("waiting");
  if (!box) return;
  const words = box.querySelector("span");
  words.textContent = words.dataset.one.replace("{n}", outbox.waiting);
  box.hidden = !(silent && outbox.waiting);
}

// --- what people and scanners do ------------------------------------------------------------------------------

function keyed(event) {
  wake();
  if (event.type === "scan") {
    for (const each of document.querySelectorAll("dialog[open]")) each.close();
    forget();
    send(event.text);
  } else if (event.type === "press") pressed(event.key);
  else if (event.type === "typed") letter(event.key);
}

function send(text) {
  outbox.send(page.dataset.scan, { text });
}

function letter(key) {
  if (at("damage")?.open) return at("damage").querySelectorAll("[data-wrong]")[Number(key) - 1]?.click();
  if (at("finish")?.open) return undefined;
  if (!typed && /^[a-z]$/i.test(key)) return shortcut(key.toLowerCase());
  typed = key === "Backspace" ? typed.slice(0, -1) : (typed + key).slice(0, 80);
  return showTyped();
}

function shortcut(key) {
  if (key === "u") document.querySelector("[data-undo]")?.click();
  else if (key === "p") document.querySelector("[data-damage]")?.click();
  else if (key === "f") open("finish");
  else if (key === "t") document.querySelector("a[href$='/trolley']")?.click();
  else {
    typed = key;
    showTyped();
  }
}

function pressed(key) {
  if (typed && key === "Enter") {
    const text = typed;
    forget();
    return send(text);
  }
  return document.activeElement?.closest("button, a, summary, label")?.click();
}

function showTyped() {
  if (!at("typed")) return;
  at("typed-text").textContent = typed;
  if (typed && !at("typed").open) at("typed").show();
  if (!typed) at("typed").close();
}

function forget() {
  typed = "";
  showTyped();
}

function open(id) {
  const dialog = at(id);
  if (!dialog || dialog.open) return;
  if (id === "finish") at("finish-missing").textContent = missing();
  dialog.showModal();
}

function missing() {
  const count = at("tally-missing");
  return `${count.previousElementSibling.textContent}: ${count.textContent}`;
}

let damagedLine = "";

document.addEventListener("click", (event) => {
  wake();
  const button = event.target.closest("[data-undo], [data-damage], [data-wrong], [data-send], [data-close], [data-open]");
  if (!button) return;
  const { undo, damage, wrong } = button.dataset;
  if (undo) outbox.send(`${address}/lines/${undo}`, { do: "undo" });
  else if (damage) {
    damagedLine = damage;
    at("f-wrong").value = "";
    open("damage");
  } else if (wrong !== undefined) repair(wrong);
  else if ("send" in button.dataset) repair(at("f-wrong").value.trim());
  else if ("close" in button.dataset) button.closest("dialog").close();
  else open(button.dataset.open);
});

function repair(wrong) {
  if (!wrong) return at("f-wrong").focus();
  at("damage").close();
  return outbox.send(`${address}/lines/${damagedLine}`, { do: "repair", text: wrong });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") forget();
  if (event.key === "Enter" && event.target.id === "f-wrong") repair(event.target.value.trim());
});

listen(document, keyed);
if (at("body")) follow(() => redraw(at("body")));
outbox.drain();
