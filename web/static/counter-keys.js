// A person's keys at the counter. A letter means the button that shows it: in the row that has the focus first, then
// beside what was done last, then anywhere on the stage. Arrows walk the rows.

export class Keys {
  /** `press(button)`, `leave()` and `number(first character)` carry out what a key means. */
  constructor({ stage, trays, press, leave, number }) {
    Object.assign(this, { stage, trays, press, leave, number });
    document.addEventListener("keydown", (event) => this.#down(event));
  }

  /** The stage is drawn anew: no row has the focus any more. */
  forget() {
    if (this.stage.contains(document.activeElement)) document.activeElement.blur();
  }

  /** A character, or Enter or Space, that is known to be a person's. */
  typed(event) {
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return dialog.close();
    if (this.trays.shown) return this.trays.typed(event);
    if (event.type === "press") return this.#pressed(event.key);
    return this.#letter(event.key);
  }

  #pressed(key) {
    const button = document.activeElement?.closest("button, a, summary");
    if (button) button.click();
    else if (key === "Enter") this.#click(this.stage.querySelector("#said [data-main]"));
  }

  #letter(key) {
    const choice = this.stage.querySelector(`[data-choice="${CSS.escape(key)}"]`);
    if (choice) return this.press(choice);
    if (/^\d$/.test(key)) return this.number(key);
    if (key === "/") return this.number("");
    if (key === "?") return document.getElementById("help").showModal();
    if (key.toLowerCase() === "h") return this.#enter("recent");
    return this.#click(this.#meant(key.toUpperCase()));
  }

  #meant(letter) {
    const which = `[data-key="${CSS.escape(letter)}"]`;
    const row = this.#row();
    if (row) return row.querySelector(which) ?? (letter === "U" ? null : this.stage.querySelector(which + ":not([data-row] *)"));
    const here = this.stage.querySelector(`#said ${which}`) ?? this.stage.querySelector(`${which}:not([data-row] *)`);
    if (!here && letter === "U") this.#enter("recent");
    return here;
  }

  #click(button) {
    button?.click();
  }

  // Rows

  #row() {
    return document.activeElement?.closest("[data-row]");
  }

  #rows(list) {
    return [...this.stage.querySelectorAll(`[data-row="${list}"]`)];
  }

  #enter(list) {
    const rows = this.#rows(list);
    const first = rows.find((row) => list !== "recent" || row.querySelector("[data-key=U]")) ?? rows[0];
    first?.focus();
  }

  #down(event) {
    const inField = event.target.closest("input, textarea, select");
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") return this.#escape(event);
    if (inField || document.querySelector("dialog[open]")) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) this.#walk(event, step);
    else if (event.key === "ArrowLeft") this.#enter("recent");
    else if (event.key === "ArrowRight") this.#enter("side");
  }

  #walk(event, step) {
    const row = this.#row();
    const rows = this.#rows(row?.dataset.row ?? (this.#rows("side").length ? "side" : "recent"));
    const from = rows.indexOf(row);
    const to = from < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(from + step, 0), rows.length - 1);
    rows[to]?.focus();
    event.preventDefault();
  }

  #escape(event) {
    if (document.querySelector("dialog[open]")) return; // it closes itself
    event.preventDefault();
    if (this.trays.shown) this.trays.leave();
    else if (this.#row()) document.activeElement.blur();
    else this.leave();
  }
}
