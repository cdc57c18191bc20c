// What was scanned and not yet answered by the desk. Kept on this machine's disk (localStorage), sent in order,
// one at a time, always with the id it was given first: the desk does a thing once, however often it is asked.

const PREFIX = "kiosk.outbox.";
const PATIENCE = 5; // answers of "500" to one scan, from a desk that is alive, before that scan is given up
const TOO_LATE = 5000; // ms: what belongs to the question, or to the reader, on the screen is not sent after them
const TIMEOUT = 5000; // ms for one answer

/** A random id, also where the page is not a "secure context" (http from another machine). */
export function newId() {
  if (globalThis.crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** localStorage where there is one, memory where it is forbidden or full. */
export class Shelf {
  #memory = new Map();

  constructor(prefix) {
    this.prefix = prefix;
  }

  put(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      this.#memory.set(key, value);
    }
  }

  drop(key) {
    this.#memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      return;
    }
  }

  /** [key, value] of everything kept, oldest first. */
  all() {
    const kept = [...this.#memory];
    try {
      for (const key of Object.keys(localStorage).filter((name) => name.startsWith(this.prefix))) {
        kept.push([key, JSON.parse(localStorage.getItem(key))]);
      }
    } catch {
      return kept.sort();
    }
    return kept.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

export class Outbox {
  #shelf;
  #headers;
  #count = 0;
  #sending = false;
  #timer = 0;

  /**
   * `answered(data)`, `dropped(status)`, `heard()` and `silent()` say how each attempt went; `changed()` when the queue
   * did; `shut(status)`, if given, that nobody is signed in any more: what waits is kept until somebody is;
   * `troubled(sentence)`, if given, why the desk cannot do it yet.
   * Pages that are not to send each other's entries have a `prefix` each; `headers()` are sent with every entry.
   */
  constructor(handlers, { prefix = PREFIX, headers = () => ({}) } = {}) {
    this.handlers = handlers;
    this.#shelf = new Shelf(prefix);
    this.#headers = headers;
  }

  /** Scans (not buttons) still waiting. */
  get waiting() {
    return this.#shelf.all().filter(([, entry]) => entry.body.source !== "command" && entry.body.text).length;
  }

  get isEmpty() {
    return this.#next() === undefined;
  }

  /** How long the oldest entry has been waiting, in ms; 0 when nothing waits. */
  get age() {
    const [oldest] = this.#shelf.all();
    return oldest ? Date.now() - oldest[1].body.at : 0;
  }

  scan(text, source) {
    return this.send("/scan", { text, source });
  }

  choose(value) {
    return this.send("/choose", { value });
  }

  /** Anything else that must arrive, once: it gets an id and a time. Returns the id. */
  send(url, body) {
    const at = Date.now();
    return this.#add(url, { id: newId(), ...body, at }, at);
  }

  reserve(title) {
    const at = Date.now();
    return this.#add("/reserve", { id: newId(), title, at }, at);
  }

  #add(url, body, at) {
    this.#count += 1;
    const place = `${String(at).padStart(14, "0")}.${String(this.#count).padStart(6, "0")}`;
    this.#shelf.put(`${this.#shelf.prefix}${place}.${body.id}`, { url, body });
    this.handlers.changed();
    this.drain();
    return body.id;
  }

  /** Send what waits, in order, until it is all answered or the desk is silent; then try again by itself. */
  async drain() {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    let wait = 0;
    for (let next = this.#next(); next && !wait; next = this.#next()) wait = await this.#send(...next);
    this.#sending = false;
    if (wait) this.#timer = setTimeout(() => this.drain(), wait);
  }

  #next() {
    return this.#shelf.all()[0];
  }

  /** One attempt. Returns 0 when the entry is dealt with, or the milliseconds to wait before the next attempt. */
  async #send(key, entry) {
    if (["/choose", "/reserve"].includes(entry.url) && Date.now() - entry.body.at > TOO_LATE) return this.#done(key);
    let response;
    let data;
    try {
      response = await post(entry.url, { ...entry.body, sent: Date.now() }, this.#headers());
      data = response.ok ? await response.json() : null;
    } catch {
      this.handlers.silent();
      return 700;
    }
    this.handlers.heard();
    if (response.ok) {
      this.#done(key);
      this.handlers.answered(data);
      return 0;
    }
    return this.#refused(key, entry, response);
  }

  async #refused(key, entry, response) {
    const status = response.status;
    if (status === 401 && this.handlers.shut) {
      this.handlers.shut(status);
      return 3000;
    }
    const again = [408, 425, 429].includes(status) || status >= 500;
    const tried = (entry.tried ?? 0) + (status === 500 ? 1 : 0);
    if (again && tried < PATIENCE) {
      if (this.handlers.troubled) this.handlers.troubled(await problem(response));
      this.#shelf.put(key, { ...entry, tried });
      return 500;
    }
    this.#done(key);
    this.handlers.dropped(status);
    return 0;
  }

  #done(key) {
    this.#shelf.drop(key);
    this.handlers.changed();
    return 0;
  }
}

/** The sentence with which the desk says why not. */
async function problem(response) {
  try {
    return (await response.json()).problem ?? "";
  } catch {
    return "";
  }
}

async function post(url, body, headers) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: abort.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}
