// For a torn label: the number is typed, by touch, mouse or keyboard. Nothing here is a text field, so a scanner
// that is used while it is open still reaches the desk.

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "0", "erase"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-", "erase"];
const LONGEST = 30;

export class Keypad {
  #text = "";
  #letters = false;

  /** `submit(text)` gets the number; `words()` gives the words in the station's language. */
  constructor(dialog, { submit, words }) {
    Object.assign(this, { dialog, submit, words });
    dialog.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where the keyboard left it
    dialog.addEventListener("click", (event) => this.#clicked(event));
    dialog.addEventListener("keydown", (event) => this.#arrow(event));
    dialog.addEventListener("close", () => this.#set(""));
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    if (this.isOpen) return;
    this.#letters = false;
    this.#draw();
    this.#set("");
    this.dialog.showModal();
    this.dialog.querySelector(".keypad-shown").focus();
  }

  close() {
    if (this.isOpen) this.dialog.close();
  }

  /** A key from a person's keyboard or a button of the pad. */
  press(key) {
    if (key === "Backspace" || key === "erase") this.#set(this.#text.slice(0, -1));
    else if (key === "enter") this.#enter();
    else if (key === "close") this.close();
    else if (key === "letters") this.#toggle();
    else if (key.length === 1 && this.#text.length < LONGEST) this.#set(this.#text + key);
  }

  #enter() {
    const text = this.#text.trim();
    if (!text) return;
    this.close();
    this.submit(text);
  }

  #toggle() {
    this.#letters = !this.#letters;
    this.#draw();
  }

  #set(text) {
    this.#text = text;
    this.dialog.querySelector(".keypad-shown").textContent = text;
  }

  #clicked(event) {
    const button = event.target.closest("[data-key]");
    if (button) this.press(button.dataset.key);
    else if (event.target === this.dialog) this.close();
  }

  #draw() {
    const words = this.words();
    const label = (key, text) => (this.dialog.querySelector(`[data-key="${key}"] span`).textContent = text);
    this.dialog.querySelector(".keypad-title").textContent = words.keypad;
    label("close", words.close);
    label("letters", this.#letters ? words.digits : words.letters);
    label("enter", words.enter);
    const keys = this.dialog.querySelector(".keypad-keys");
    keys.classList.toggle("keypad-letters", this.#letters);
    keys.replaceChildren(...(this.#letters ? LETTERS : DIGITS).map((key) => makeKey(key, words)));
  }

  #arrow(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns(), ArrowDown: this.#columns() }[event.key];
    if (!move) return;
    event.preventDefault();
    const keys = [...this.dialog.querySelectorAll("[data-key]")];
    const at = keys.indexOf(document.activeElement);
    keys[at < 0 ? 0 : Math.min(Math.max(at + move, 0), keys.length - 1)].focus();
  }

  #columns() {
    return this.#letters ? 7 : 3;
  }
}

function makeKey(key, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "key";
  button.dataset.key = key;
  if (key !== "erase") button.textContent = key;
  else {
    button.setAttribute("aria-label", words.erase);
    button.append(document.querySelector("#erase-symbol").content.cloneNode(true));
  }
  return button;
}
