// Find a book: letters by touch, mouse or keyboard, or Chinese by an input method; what is found shows at once.
// There is a real text field, because an input method needs one; the wedge tells a scanner from whoever types there.

import { fitList } from "./fit.js";

const KEYS = [..."abcdefghijklmnopqrstuvwxyz1234567890"];
const SETTLED = 80; // ms after the last letter
const SIGN_OF_LIFE = 300; // ms without an answer before the screen says that it is looking

export class Finder {
  #asking = null; // how to break off the question that is on its way
  #typing = 0;
  #silence = 0;

  /** `reserve(title)` is told which title somebody wants; `words()` gives the words in the station's language. */
  constructor(dialog, { reserve, words }) {
    Object.assign(this, { dialog, reserve, words });
    this.field = dialog.querySelector("input");
    this.found = dialog.querySelector(".finder-found");
    dialog.querySelector(".finder-keys").replaceChildren(...KEYS.map(makeKey));
    dialog.addEventListener("mousedown", (event) => event.target !== this.field && event.preventDefault()); // keeps the focus
    dialog.addEventListener("click", (event) => this.#clicked(event));
    dialog.addEventListener("keydown", (event) => this.#arrow(event));
    dialog.addEventListener("close", () => this.#closed());
    for (const sign of ["pointerdown", "keydown", "input"]) dialog.addEventListener(sign, () => this.#stay());
    this.field.addEventListener("input", (event) => event.isComposing || this.#typed());
    this.field.addEventListener("compositionend", () => this.#typed());
    addEventListener("resize", () => this.isOpen && this.#fit());
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    if (this.isOpen) return;
    const words = this.words();
    this.field.setAttribute("aria-label", words.finder);
    this.dialog.setAttribute("aria-label", words.finder);
    this.dialog.querySelector("[data-key=erase]").setAttribute("aria-label", words.erase);
    this.dialog.querySelector("[data-key=close] span").textContent = words.close;
    this.found.replaceChildren();
    this.dialog.showModal();
    this.field.focus();
    this.#stay();
    this.#ask();
  }

  close() {
    if (this.isOpen) this.dialog.close();
  }

  /** A letter from a button, or from a person's keyboard while a button has the focus. */
  press(key) {
    if (key === "close") return this.close();
    if (key === "Backspace" || key === "erase") this.#erase();
    else if (key.length === 1) this.field.setRangeText(key, this.field.selectionStart, this.field.selectionEnd, "end");
    this.#stay();
    this.#typed();
  }

  #erase() {
    const { selectionStart: from, selectionEnd: to } = this.field;
    this.field.setRangeText("", from === to ? Math.max(from - 1, 0) : from, to, "end");
  }

  #closed() {
    this.#asking?.abort();
    clearTimeout(this.#typing);
    clearTimeout(this.#silence);
    this.field.value = ""; // what one reader typed is not for the next
    this.found.replaceChildren();
  }

  /** Somebody is here: the silence after which the next reader finds an empty screen begins anew. */
  #stay() {
    clearTimeout(this.#silence);
    if (this.isOpen) this.#silence = setTimeout(() => this.close(), 1000 * Number(this.dialog.dataset.silence));
  }

  #typed() {
    clearTimeout(this.#typing);
    if (this.isOpen) this.#typing = setTimeout(() => this.#ask(), SETTLED);
  }

  async #ask() {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const late = setTimeout(() => this.#say(this.words().finding), SIGN_OF_LIFE);
    try {
      const response = await fetch(`/find?${new URLSearchParams({ q: this.field.value })}`, { signal: asking.signal });
      if (!response.ok) throw new Error(response.statusText);
      const html = await response.text();
      if (asking === this.#asking && this.isOpen) this.#show(html);
    } catch {
      if (!asking.signal.aborted && this.isOpen) this.#say(this.words().gone);
    } finally {
      clearTimeout(late);
    }
  }

  #show(html) {
    this.found.innerHTML = html;
    this.#fit();
  }

  #say(text) {
    const said = document.createElement("p");
    said.className = "found-word";
    said.textContent = text;
    this.found.replaceChildren(said);
  }

  #fit() {
    this.found.querySelectorAll("[data-fit]").forEach(fitList);
  }

  #clicked(event) {
    const button = event.target.closest("[data-key], [data-reservable]");
    if (button?.dataset.reservable) {
      this.close();
      this.reserve(Number(button.dataset.reservable));
    } else if (button) this.press(button.dataset.key);
    else if (event.target === this.dialog) this.close();
  }

  /** Arrows walk the keys as they lie; in the text field only up and down do, for the others move its caret. */
  #arrow(event) {
    if (event.isComposing) return;
    const columns = getComputedStyle(this.dialog.querySelector(".finder-keys")).gridTemplateColumns.split(" ").length;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const inField = document.activeElement === this.field;
    if (!move || (inField && Math.abs(move) === 1)) return;
    event.preventDefault();
    const keys = [...this.dialog.querySelectorAll(".finder-keys .key, .hit:not([hidden]) [data-reservable]")];
    const at = keys.indexOf(document.activeElement);
    if (at + move < 0 && !inField) this.field.focus();
    else keys[at < 0 ? 0 : Math.min(at + move, keys.length - 1)].focus();
  }
}

function makeKey(key) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "key";
  button.dataset.key = key;
  button.textContent = key;
  return button;
}
