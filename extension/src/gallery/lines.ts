import { Client } from "../api/client.js";
import type { Http } from "../api/http.js";
import { type Heard, Listening } from "../api/listening.js";
import type { Change } from "../api/types.js";

/** The line of one catalog, and all that hear it. */
class Line implements Heard {
  readonly hearers = new Set<Heard>();
  readonly #listening: Listening;
  /** Null until it is known. */
  #stands: boolean | null = null;
  #last: Change | null = null;

  constructor(open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>) {
    this.#listening = new Listening(open, this);
    this.#listening.start();
  }

  /** Tells what the server tells whoever opens a line of its own. */
  add(heard: Heard): void {
    this.hearers.add(heard);
    if (this.#stands !== null) heard.connected(this.#stands);
    if (this.#last !== null) heard.changed(this.#last);
  }

  changed(change: Change): void {
    this.#last = change;
    for (const heard of [...this.hearers]) heard.changed(change);
  }

  connected(now: boolean): void {
    this.#stands = now;
    if (!now) this.#last = null;
    for (const heard of [...this.hearers]) heard.connected(now);
  }

  again(): void {
    if (this.#stands === false) this.#listening.start();
  }

  stop(): void {
    this.#listening.stop();
  }
}

/** Lines that tell of changes: one a catalog for all galleries of a window, because a browser has six to a server. */
export class Lines {
  readonly #client: Client;
  readonly #lines = new Map<string, Line>();

  constructor(http: Http) {
    this.#client = new Client(http);
  }

  /** Hears of the changes of a catalog, until what this gives back is called. */
  join(catalog: string, heard: Heard): () => void {
    const line = this.#lines.get(catalog) ?? new Line((signal) => this.#client.events(catalog, signal));
    this.#lines.set(catalog, line);
    line.add(heard);
    return () => {
      line.hearers.delete(heard);
      if (line.hearers.size > 0 || this.#lines.get(catalog) !== line) return;
      line.stop();
      this.#lines.delete(catalog);
    };
  }

  /** Tries a line that is lost at once: somebody has reason to believe that it would stand. */
  again(catalog: string): void {
    this.#lines.get(catalog)?.again();
  }
}
