// The backups' page keeps itself true: often while one is being made, now and then otherwise.

import { redraw } from "./live.js";

const body = document.getElementById("body");

async function look() {
  try {
    await redraw(body);
  } catch {
    // the server is away for a moment: the next look will tell
  }
  wait();
}

function wait() {
  setTimeout(look, body.querySelector("[data-running]") ? 700 : 15_000);
}

if (body) wait();
