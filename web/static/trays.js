// What has to be typed for a deed: a drawer at the bottom of the page with a field, and with reasons to pick by number.
// A scan goes its way while one is open, and what is typed stays.

export class Trays {
  #deed = {};

  /** `send(deed)` carries it out; the text is in it. */
  constructor(page, { send }) {
    this.page = page;
    this.send = send;
    for (const tray of page.querySelectorAll("[data-tray]")) {
      tray.addEventListener("submit", (event) => this.#submitted(event));
      tray.addEventListener("click", (event) => this.#clicked(event));
    }
  }

  get shown() {
    return this.page.querySelector("[data-tray]:not([hidden])");
  }

  /** Open one: for a `deed` that is `about` something, or with the `first` character of what is typed. */
  open(name, { deed = {}, about = "", first = "" }) {
    this.leave();
    this.#deed = deed;
    const tray = this.page.querySelector(`[data-tray="${name}"]`);
    const field = tray.elements.text;
    tray.querySelector(".tray-about").textContent = about;
    tray.hidden = false;
    if (field) field.value = first;
    if (field && !tray.querySelector("[data-pick]")) field.focus();
    else tray.focus();
  }

  leave(name = "") {
    const tray = this.shown;
    if (!tray || (name && tray.dataset.tray !== name)) return;
    tray.hidden = true;
  }

  /** A key of a person while a tray is open and no field has the focus. Enter sends, a number picks. */
  typed(event) {
    const tray = this.shown;
    if (event.type === "press") {
      const button = document.activeElement?.closest("button");
      if (event.key === "Enter" && (!button || "pick" in button.dataset)) tray.requestSubmit();
      else button?.click();
      return;
    }
    const pick = tray.querySelectorAll("[data-pick]")[Number(event.key) - 1];
    if (pick) pick.click();
    else this.#type(tray.elements.text, event.key);
  }

  #type(field, key) {
    if (!field || key.length !== 1) return;
    field.focus();
    field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
  }

  #clicked(event) {
    const button = event.target.closest("[data-pick], [data-leave]");
    if (!button) return;
    const tray = button.closest("[data-tray]");
    if ("leave" in button.dataset) return this.leave();
    tray.elements.text.value = button.dataset.pick;
    for (const each of tray.querySelectorAll("[data-pick]")) each.classList.toggle("is-picked", each === button);
    if (button.dataset.pick) tray.focus();
    else tray.elements.text.focus();
  }

  #submitted(event) {
    event.preventDefault();
    const tray = event.target;
    const text = tray.elements.text?.value.trim() ?? "";
    if (tray.elements.text && !text) return tray.elements.text.focus();
    tray.hidden = true;
    for (const each of tray.querySelectorAll(".is-picked")) each.classList.remove("is-picked");
    if (tray.dataset.tray === "number") return this.page.dispatchEvent(new CustomEvent("kiosk:number", { detail: text }));
    return this.send({ ...this.#deed, text });
  }
}
