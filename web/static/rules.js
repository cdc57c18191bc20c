// The calendar of the page of rules: arrow keys go from day to day, a click or Space changes one.
// What holds is the hidden list of days, a line for each special day: "2026-10-01 closed 国庆节".

const year = document.querySelector("[data-year]");
const list = document.querySelector("[data-days]");
const line = document.querySelector("[data-chosen]");
const note = document.querySelector("[data-chosen-note]");
const buttons = [...year.querySelectorAll("[data-day]")];
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, PageUp: -28, PageDown: 28 };

const days = new Map(
  list.value.split("\n").filter(Boolean).map((text) => [text.slice(0, 10), text.slice(11)]),
);
const stateOf = (button) => (days.get(button.dataset.day) || "").split(" ")[0];
const noteOf = (button) => (days.get(button.dataset.day) || "").split(" ").slice(1).join(" ");

function write(button, state, what) {
  const { day } = button.dataset;
  if (state) days.set(day, `${state} ${what}`.trim());
  else days.delete(day);
  list.value = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join(" ")).join("\n");
  button.dataset.note = what;
  draw(button);
}

function draw(button) {
  const state = stateOf(button);
  const said = year.dataset[state || "usual"];
  button.classList.toggle("day-closed", state === "closed");
  button.classList.toggle("day-open", state === "open");
  button.querySelector("i").textContent = state === "closed" ? year.dataset.markClosed : state ? year.dataset.markOpen : "";
  button.title = noteOf(button);
  button.setAttribute("aria-label", [button.dataset.name, said, noteOf(button)].filter(Boolean).join(", "));
}

/** A weekday is closed or as usual; a weekend may be worked on, too. */
function turn(button) {
  const weekend = button.classList.contains("day-weekend");
  const next = weekend ? { "": "open", open: "closed", closed: "" } : { "": "closed", closed: "", open: "" };
  write(button, next[stateOf(button)], button.dataset.note);
  choose(button);
}

let chosen = null;

function choose(button) {
  if (chosen) chosen.tabIndex = -1;
  chosen = button;
  button.tabIndex = 0;
  tell();
}

function tell() {
  const state = stateOf(chosen);
  line.hidden = false;
  line.querySelector("[data-chosen-day]").textContent = chosen.dataset.name;
  line.querySelector("[data-chosen-what]").textContent = year.dataset[state || "usual"];
  note.disabled = !state;
  note.value = noteOf(chosen);
}

year.addEventListener("focusin", (event) => event.target.dataset.day && choose(event.target));
year.addEventListener("click", (event) => {
  const button = event.target.closest("[data-day]");
  if (button) turn(button);
});
year.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (!step || !event.target.dataset.day) return;
  event.preventDefault();
  const next = buttons.indexOf(event.target) + step;
  buttons[Math.min(Math.max(next, 0), buttons.length - 1)].focus();
});
note.addEventListener("input", () => write(chosen, stateOf(chosen), note.value.trim()));
note.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // Enter would send the whole page
  chosen.focus();
});

(year.querySelector(".day-today") || buttons[0]).tabIndex = 0;
