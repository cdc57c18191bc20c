// Short tunes, made on the spot: a child hears what happened before reading it. Every sound is also announced
// as a "kiosk:sound" event, so that a page without loudspeakers (and a test) knows what was meant to be heard.

// [frequency in Hz, start in s, length in s, loudness 0..1]
const TUNES = {
  lent: [[523, 0, 0.14, 0.8], [659, 0.1, 0.14, 0.8], [784, 0.2, 0.3, 0.9]], // rising: off into the world
  returned: [[784, 0, 0.18, 0.8], [523, 0.15, 0.4, 0.9]], // a falling fifth: home
  renewed: [[659, 0, 0.12, 0.7], [784, 0.1, 0.12, 0.7], [659, 0.2, 0.12, 0.7], [784, 0.3, 0.25, 0.8]],
  look: [[587, 0, 0.16, 0.8], [587, 0.2, 0.26, 0.8]], // the same note twice: a knock at the door
  refused: [[247, 0, 0.2, 0.6], [208, 0.19, 0.36, 0.6]], // low and soft, two notes
  hello: [[523, 0, 0.12, 0.6], [659, 0.1, 0.22, 0.6]],
  // at the desk, one for each place where a book goes
  extra: [[659, 0, 0.12, 0.8], [523, 0.12, 0.12, 0.8], [659, 0.24, 0.3, 0.8]],
  aside: [[1047, 0, 0.12, 0.7], [1319, 0.13, 0.4, 0.7]],
  corner: [[523, 0, 0.12, 0.8], [523, 0.16, 0.12, 0.8], [784, 0.32, 0.3, 0.8]],
  repair: [[330, 0, 0.14, 0.7], [277, 0.15, 0.14, 0.7], [330, 0.3, 0.3, 0.7]],
  again: [[440, 0, 0.08, 0.5]],
  finished: [[784, 0, 0.12, 0.7], [659, 0.11, 0.12, 0.7], [523, 0.22, 0.12, 0.7], [1047, 0.36, 0.4, 0.6]],
};

let context = null;

/** Browsers start sound only after a touch or a key; call this on each. */
export function wake() {
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume().catch(() => {});
  } catch {
    context = null; // no sound card: the screen says it all anyway
  }
}

/** Play a tune by name; unknown names, "none" and a missing sound card are silent. */
export function play(name, volume) {
  if (!TUNES[name]) return;
  document.dispatchEvent(new CustomEvent("kiosk:sound", { detail: name }));
  wake();
  if (!context || context.state !== "running" || !(volume > 0)) return;
  for (const note of TUNES[name]) sing(note, Math.min(volume, 1));
}

function sing([frequency, start, length, loudness], volume) {
  const begin = context.currentTime + 0.01 + start;
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(loudness * volume * 0.5, begin + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, begin + length);
  const tone = new OscillatorNode(context, { type: "triangle", frequency });
  tone.connect(gain).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + length + 0.02);
}
