// The backups' page keeps itself true: at every change, and often while a backup is being made.

import { follow, redraw } from "./live.js";

const body = document.getElementById("body");
const OFTEN = 700; // ms

async function look() {
  await redraw(body);
  if (body.querySelector("[data-running]")) setTimeout(() => look().catch(() => {}), OFTEN);
}

if (body) follow(look);
