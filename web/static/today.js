// Today: follows what happens, knocks when somebody calls for help, and answers a call by one key.

import { follow, redraw } from "./live.js";
import { play, wake } from "./sound.js";

const body = document.getElementById("body");
const title = document.title;
const here = () => body.querySelector(".today").dataset;
let heard = Number(here().call);

/** What has changed is said in the tab's title, to a screen reader, and, for a call, aloud. */
function say() {
  const { toDo, call } = here();
  document.title = Number(toDo) ? `(${toDo}) ${title}` : title;
  if (Number(call) > heard) {
    document.getElementById("announce").textContent = body.querySelector(".today-call h2").textContent;
    play("look", Number(body.dataset.volume));
  }
  heard = Math.max(heard, Number(call));
}

async function look() {
  await redraw(body);
  say();
}

/** A form that leads nowhere else: it is sent, and the page looks again. */
async function send(form) {
  const token = document.querySelector("meta[name=csrf]").content;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-CSRF": token } });
  if (answer.ok) await look();
  else location.reload();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quiet]")) return;
  event.preventDefault();
  send(event.target).catch(() => event.target.submit());
});
document.addEventListener("keydown", (event) => {
  wake();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, select, textarea")) return;
  body.querySelector(`[data-key="${event.key.toLowerCase()}"]`)?.click();
});
document.addEventListener("pointerdown", wake, true);
say();
follow(look);
