// The countdown ring: how much quiet is left before the screen is free for the next reader.

let timer = 0;
let end = null;

/** Count down from `seconds` of `total`; null stops. The ring is looked up anew: the stage may have been swapped. */
export function count(seconds, total) {
  clearInterval(timer);
  end = seconds === null ? null : performance.now() + seconds * 1000;
  if (end === null) return;
  const draw = () => show(Math.max(0, (end - performance.now()) / 1000), total);
  timer = setInterval(draw, 250);
  draw();
}

/** Whether the time ran out a while ago, and nobody said what comes next. */
export function overdue() {
  return end !== null && performance.now() > end + 1000;
}

function show(left, total) {
  const ring = document.getElementById("ring");
  if (!ring) return;
  ring.querySelector(".ring-left").setAttribute("stroke-dasharray", `${(100 * left) / (total || 1)} 100`);
  ring.querySelector(".ring-number").textContent = String(Math.ceil(left));
  ring.classList.toggle("ring-soon", left <= 10);
}
