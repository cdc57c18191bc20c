// What the camera sees: its picture, a frame around every code in it, and a word of help when one cannot be read.

const ASK_AGAIN = 3000; // ms until a camera that shows no picture is asked again
const SVG = "http://www.w3.org/2000/svg";

export class Eye {
  #asked = 0;
  #hint = "";

  /** `changed()` when the picture comes or goes; `there()` whether the server is. */
  constructor(figure, { changed, there }) {
    Object.assign(this, { figure, changed, there });
    this.picture = figure.querySelector("img");
    this.start();
    setInterval(() => this.#watch(), 250);
  }

  start() {
    this.picture.src = `${this.picture.dataset.src}?${Date.now()}`;
    this.#asked = performance.now();
  }

  /** Draw where codes are, and say what would help; the frame to aim at rests while there is something to show. */
  look({ marks, hint }) {
    const { naturalWidth: wide, naturalHeight: tall } = this.picture;
    const drawing = this.figure.querySelector(".codes");
    drawing.setAttribute("viewBox", `0 0 ${wide || 160} ${tall || 90}`);
    // Once something is read, what else looked like bars is only in the way.
    const read = marks.filter((mark) => mark.read);
    const shown = read.length ? read : marks;
    drawing.replaceChildren(...shown.map((mark) => outline(mark, wide || 160, tall || 90)));
    this.figure.classList.toggle("eye-busy", marks.length > 0);
    if (hint === this.#hint) return;
    this.#hint = hint;
    const help = this.figure.querySelector(".hint");
    help.hidden = !hint;
    help.querySelector("span").textContent = hint;
  }

  /** A stream of pictures tells nothing by events, neither that it has begun nor that it has ended. But a picture
   * that is there has a size, and the last of a camera that fell silent is a single pixel: then ask again. */
  #watch() {
    const shown = this.picture.naturalWidth > 1;
    if (this.figure.hidden === shown) {
      this.figure.hidden = !shown;
      this.changed();
    }
    if (!shown && this.there() && performance.now() - this.#asked > ASK_AGAIN) this.start();
  }
}

function outline({ corners, read }, wide, tall) {
  const shape = document.createElementNS(SVG, "polygon");
  shape.setAttribute("points", corners.map(([x, y]) => `${x * wide},${y * tall}`).join(" "));
  shape.setAttribute("class", read ? "code code-read" : "code");
  return shape;
}
