// A USB scanner is a keyboard that types very fast. This tells it from a person, by speed alone, and never
// depends on a field with the focus. `Wedge` is pure: keys and times in, events out; `listen` joins it to a page.
//
// Events: {type: "scan", text}   a whole code
//         {type: "typed", key}   one character or "Backspace", typed by a person
//         {type: "press", key}   a person's own Enter or Space, held back until we knew it was one
//
// In a text field a person's keys, and an input method's, go where they always go, and only scans are told: nothing
// that is typed there may come late. What a scanner typed into the field is taken out of it again.

export const FAST = 35; // ms: a scanner's keys come closer together than this on average; a person's do not
export const PAUSE = 80; // ms: a longer silence between two keys ends a code that has no terminator
const LULL = 250; // ms: so long a half-read code is waited for, because a busy computer brings keys late
const LONG_LULL = 1000; // ms: the same, unless the scanner is known to send no terminator
export const SHORTEST = 3; // characters: fewer are never a code
export const LONGEST = 256; // characters: whatever is longer is noise, and is cut

const NAMED = {
  Space: " ", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", NumpadDecimal: ".", NumpadAdd: "+",
  NumpadSubtract: "-", NumpadMultiply: "*", NumpadDivide: "/",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Fn"]);
const CONTROL_ENDS = new Set(["KeyJ", "KeyM", "KeyI"]); // LF, CR and TAB as some scanners send them
const FIELD = "textarea, input:not([type=button], [type=submit], [type=reset], [type=checkbox], [type=radio])";
const OWN_FUNCTION_KEYS = new Set(["F5", "F11", "F12"]); // a person's reload, full screen and tools

/** The character of a key; read from the physical key when an input method has taken the character away. */
export function character(event) {
  const key = event.key ?? "";
  const point = key.length === 1 ? key.codePointAt(0) : 0;
  if (point >= 0xff01 && point <= 0xff5e) return String.fromCodePoint(point - 0xfee0); // full-width forms
  if (point >= 0x20 && point < 0x7f && !event.isComposing) return key;
  return fromCode(event.code ?? "", event.shiftKey, event.capsLock);
}

function fromCode(code, shift, capsLock) {
  if (/^Key[A-Z]$/.test(code)) return Boolean(shift) !== Boolean(capsLock) ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return shift ? SHIFTED_DIGITS[code[5]] : code[5];
  if (/^Numpad\d$/.test(code)) return code[6];
  const pair = NAMED[code];
  return pair ? pair[shift && pair.length > 1 ? 1 : 0] : "";
}

export class Wedge {
  #text = "";
  #first = 0;
  #last = -Infinity;
  #tail = -Infinity; // until when an Enter or Tab still belongs to the code before it
  #held = ""; // a lone Enter or Space, waiting to be known as a person's
  #ends = true; // whether the last code had a terminator; most scanners send one
  #cut = null; // what a silence ended too soon, if the next key says that it was pressed right after
  #alt = ""; // digits typed with Alt held: how some scanners spell characters on any keyboard layout
  #native = false; // whether what is being typed goes into a text field all the same

  /** When `tick` wants to be called, in the clock of `now`; null when nothing is waiting. */
  get deadline() {
    return this.#text || this.#held ? this.#last + PAUSE : null;
  }

  /** How many milliseconds without a key to wait for one that was pressed but has not come yet. */
  get patience() {
    if (this.#text.length < 2) return PAUSE + 5;
    return this.#ends ? LONG_LULL : LULL;
  }

  /** Whether a key now belongs to what is being collected and may become a code. */
  isReading(now) {
    return this.#text !== "" || this.#follows(now);
  }

  /** One key going down, `native` if in a text field. Returns whether the page must not see it, and what it completed. */
  key(event, now) {
    const events = this.tick(now);
    const swallow = this.#take(event, now, events);
    return { swallow, events };
  }

  /** Time passing: a silence ends what was being typed. */
  tick(now) {
    const waiting = this.deadline;
    return waiting !== null && now >= waiting ? this.#finish(now, false) : [];
  }

  /** Alt let go: the digits typed meanwhile were one character. */
  altUp(now) {
    const code = Number(this.#alt);
    this.#alt = "";
    return code >= 32 && code < 127 ? this.key({ key: String.fromCharCode(code) }, now).events : [];
  }

  #take(event, now, events) {
    if (MODIFIERS.has(event.key)) return false;
    if (event.repeat) return !event.native && !isNavigation(event.key);
    if (event.altKey && /^Numpad\d$/.test(event.code ?? "")) {
      this.#alt += event.code[6];
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return this.#combination(event, now, events);
    if (event.key === "Enter" || event.key === "Tab") return this.#terminator(event, now, events);
    const char = character(event);
    if (char) return this.#append(char, now, Boolean(event.native));
    return this.#other(event, now, events);
  }

  #append(char, now, native) {
    if (!this.#text && !this.#held && char === " " && !native) return this.#hold(" ", now);
    if (this.#held === " ") this.#text = " ";
    if (!this.#text) this.#begin(now);
    this.#held = "";
    this.#native = native;
    if (this.#text.length < LONGEST) this.#text += char;
    this.#last = now;
    return !native;
  }

  #begin(now) {
    const late = this.#follows(now);
    this.#text = late ? this.#cut.text : "";
    this.#first = late ? this.#cut.first : now;
    this.#cut = null;
  }

  #follows(now) {
    return this.#cut !== null && now - this.#cut.last < PAUSE;
  }

  #hold(key, now) {
    this.#native = false;
    this.#held = key;
    this.#first = this.#last = now;
    return true;
  }

  #terminator({ key, native }, now, events) {
    this.#cut = null;
    if (this.#text) {
      const done = this.#finish(now, true, key);
      events.push(...done);
      return !native || done.length > 0;
    }
    if (now < this.#tail) {
      this.#tail = now + PAUSE; // CR, then LF: still the same scanner
      return true;
    }
    return key === "Enter" && !native ? this.#hold("Enter", now) : false;
  }

  #combination(event, now, events) {
    const control = event.ctrlKey && !event.altKey && !event.metaKey;
    if (control && CONTROL_ENDS.has(event.code)) {
      if (this.#text) events.push(...this.#finish(now, true, "Enter"));
      return true;
    }
    if (this.#text) {
      this.#last = now; // GS, STX and their like inside a code: no part of it, and no shortcut either
      return true;
    }
    if (event.native && /^Key[AXZ]$/.test(event.code ?? "")) return false; // select all, cut, take back
    return control && /^(Key[A-BD-QS-UW-Z]|Bracket|Backslash|Digit[2-8])/.test(event.code ?? "") && !event.shiftKey;
  }

  #other({ key, native }, now, events) {
    this.#cut = null;
    if (key === "Backspace" && !native) {
      if (this.#text) events.push(...this.#finish(now, false));
      events.push({ type: "typed", key });
      return true;
    }
    if (/^F\d+$/.test(key ?? "")) return Boolean(this.#text) || !OWN_FUNCTION_KEYS.has(key);
    return Boolean(this.#text) && !native && !isNavigation(key);
  }

  #finish(now, ended, key = "") {
    const text = this.#text;
    const held = this.#held;
    const gaps = Math.max(text.length - 1, 1);
    const scanned = text.trim().length >= SHORTEST && (this.#last - this.#first) / gaps < FAST;
    this.#text = this.#held = "";
    this.#cut = scanned || ended ? null : { text, first: this.#first, last: this.#last };
    if (scanned) {
      this.#ends = ended;
      this.#tail = now + PAUSE;
      return [{ type: "scan", text }];
    }
    if (this.#native) return [];
    const typed = [...text].map((char) => ({ type: "typed", key: char }));
    if (held) return [{ type: "press", key: held }];
    return ended && key === "Enter" ? [...typed, { type: "press", key }] : typed;
  }
}

function isNavigation(key) {
  return /^(Arrow|Page|Home|End|Escape|Tab)/.test(key ?? "");
}

/** Join a Wedge to the document: every key passes it first. Returns the wedge. */
export function listen(target, handle) {
  const wedge = new Wedge();
  let timer = 0;
  let before = null; // what a text field held before the keys that may turn out to be a code
  const hand = (events) => {
    if (events.some((event) => event.type === "scan")) restore(before);
    events.forEach(handle);
  };
  const wait = () => {
    clearTimeout(timer);
    if (wedge.deadline === null) return;
    const due = performance.now() + wedge.patience;
    // A busy page runs timers before the keys that came in meanwhile: when late, let those through first.
    timer = setTimeout(() => (performance.now() > due + 30 ? wait() : tick()), wedge.patience);
  };
  const tick = () => {
    hand(wedge.tick(performance.now()));
    wait();
  };
  const down = (event) => {
    hand(wedge.tick(event.timeStamp));
    const field = event.target.closest?.(FIELD);
    if (!wedge.isReading(event.timeStamp)) before = field && { field, value: field.value, caret: field.selectionStart };
    const { swallow, events } = wedge.key({ ...plain(event), native: Boolean(field) }, event.timeStamp);
    if (swallow) {
      event.preventDefault();
      event.stopPropagation();
    }
    hand(events);
    wait();
  };
  target.addEventListener("keydown", down, true);
  target.addEventListener("keyup", (event) => {
    if (event.key === "Alt") hand(wedge.altUp(event.timeStamp));
    // A held-back Space presses nothing on its way up.
    if (event.key === " " && !event.target.closest?.(FIELD)) event.preventDefault();
    wait();
  }, true);
  return wedge;
}

/** Take what a scanner typed out of the text field again, and whatever an input method was making of it. */
function restore(before) {
  if (!before || before.field.value === before.value) return;
  const { field, value, caret } = before;
  const focused = document.activeElement === field;
  if (focused) field.blur();
  field.value = value;
  if (focused) field.focus();
  if (caret !== null) field.setSelectionRange(caret, caret);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function plain(event) {
  const { key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing } = event;
  const capsLock = event.getModifierState("CapsLock");
  return { key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing, capsLock };
}
