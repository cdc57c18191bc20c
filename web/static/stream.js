// What happens at this station, as the server tells it: Server-Sent Events, read by hand rather than with
// EventSource, because EventSource gives up for good on a 503 and hides the ": beat" comments by which we know,
// in a quiet library, that the server is still there.

const FIRST_WAIT = 300; // ms before the first new attempt
const LONGEST_WAIT = 2000; // ms between attempts, however long it has been

/** Splits a stream's text into events. Pure: `feed` returns the complete ones. */
export class Parser {
  #rest = "";

  feed(text) {
    this.#rest += text;
    const blocks = this.#rest.split(/\r?\n\r?\n/);
    this.#rest = blocks.pop();
    return blocks.map(parseBlock).filter((event) => event.data !== "");
  }
}

function parseBlock(block) {
  const event = { type: "message", data: "", id: "" };
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = line.match(/^([^:]*):? ?(.*)$/) ?? [];
    if (field === "event") event.type = value;
    else if (field === "id") event.id = value;
    else if (field === "data") data.push(value);
  }
  event.data = data.join("\n");
  return event;
}

/**
 * Follow `url` for ever, or until `signal` says to stop. `heard()` on any sign of life, `silent()` on none,
 * `told[type](data)` for each event; `shut()`, if given, when nobody is signed in any more. `headers` go with each request.
 */
export async function follow(url, { heard, silent, told, shut }, { headers = {}, signal } = {}) {
  let wait = FIRST_WAIT;
  let lastId = "";
  while (!signal?.aborted) {
    const watch = watchdog(signal);
    try {
      const asked = { Accept: "text/event-stream", ...headers, ...(lastId && { "Last-Event-ID": lastId }) };
      const response = await fetch(url, { headers: asked, cache: "no-store", signal: watch.signal });
      if (response.status === 401 || response.redirected) shut?.();
      else if (response.ok) {
        wait = FIRST_WAIT;
        lastId = await read(response.body.getReader(), watch, heard, told, lastId);
      } else if (response.status === 503) heard();
    } catch {
      if (!signal?.aborted) silent();
    }
    watch.stop();
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 1.6, LONGEST_WAIT);
  }
}

async function read(reader, watch, heard, told, lastId) {
  const parser = new Parser();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return lastId;
    watch.feed();
    heard();
    for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
      lastId = event.id || lastId;
      told[event.type]?.(JSON.parse(event.data));
    }
  }
}

/** Breaks off a connection on which nothing has come for 5 s: a pulled cable says nothing by itself. */
function watchdog(signal) {
  const abort = new AbortController();
  const stopped = () => abort.abort();
  signal?.addEventListener("abort", stopped);
  let timer = 0;
  const feed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), 5000);
  };
  feed();
  const stop = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stopped);
  };
  return { signal: abort.signal, feed, stop };
}
