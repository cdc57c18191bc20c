// Nothing on the kiosk scrolls. A list that is too long shows what fits and "+3"; a panel still too full
// is set a step tighter.

const SLACK = 8; // px: a line's box is a little taller than what is drawn in it

/** Make everything inside `root` fit its place; call again whenever the content or the window changes. */
export function fitAll(root) {
  const main = root.querySelector(".main");
  if (!main) return;
  delete main.dataset.tight;
  for (const step of ["", "1", "2", "3"]) {
    if (step) main.dataset.tight = step;
    root.querySelectorAll("[data-fit]").forEach(fitList);
    if (!tooFull(main)) return;
  }
}

/** Hide what does not fit into one list, and say how many those are. */
export function fitList(list) {
  const more = list.querySelector(":scope > .more");
  const items = [...list.children].filter((item) => item !== more);
  items.forEach((item) => (item.hidden = false));
  more.hidden = true;
  for (let shown = items.length - 1; shown > 0 && overflows(list); shown -= 1) {
    items[shown].hidden = true;
    more.hidden = false;
    more.textContent = `+${items.length - shown}`;
  }
}

function overflows(box) {
  return box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
}

function tooFull(main) {
  return [main, ...main.querySelectorAll(".panel, .said, [data-fit]")].some(overflows);
}
