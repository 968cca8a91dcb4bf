import { EventParser } from "./event_stream.js";
import type { Change } from "./types.js";

/** Milliseconds before the first new attempt and at most before a later one. */
const WAIT = { first: 1000, most: 30_000 };
/** Without a heartbeat for three times its interval, the line is dead. */
const SILENCE = 45_000;

export interface Heard {
  changed(change: Change): void;
  /** False when the line is lost, true when it stands again. */
  connected(now: boolean): void;
}

function isChange(value: unknown): value is Change {
  return typeof value === "object" && value !== null && typeof (value as Partial<Change>).version === "string";
}

/** Listens to the changes of one catalog, and again whenever the line is lost, ever less often while it stays so. */
export class Listening {
  readonly #open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  readonly #heard: Heard;
  #stop: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wait = WAIT.first;

  constructor(open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>, heard: Heard) {
    this.#open = open;
    this.#heard = heard;
  }

  start(): void {
    this.stop();
    void this.#listen((this.#stop = new AbortController()));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#stop?.abort();
    this.#stop = null;
    this.#wait = WAIT.first;
  }

  async #listen(stop: AbortController): Promise<void> {
    const line = new AbortController();
    const hangUp = (): void => {
      line.abort();
    };
    stop.signal.addEventListener("abort", hangUp);
    try {
      await this.#read(await this.#open(line.signal), line.signal, hangUp);
    } catch {
      // Whatever it was, it is tried again below.
    } finally {
      stop.signal.removeEventListener("abort", hangUp);
      line.abort();
    }
    if (stop.signal.aborted) return;
    this.#heard.connected(false);
    this.#timer = setTimeout(() => {
      void this.#listen(stop);
    }, this.#wait);
    this.#wait = Math.min(WAIT.most, this.#wait * 2);
  }

  async #read(stream: ReadableStream<Uint8Array>, signal: AbortSignal, hangUp: () => void): Promise<void> {
    const reader = stream.getReader();
    const cancel = (): void => {
      reader.cancel().catch(() => null);
    };
    signal.addEventListener("abort", cancel);
    const decoder = new TextDecoder();
    const parser = new EventParser();
    let silence = setTimeout(hangUp, SILENCE);
    try {
      this.#heard.connected(true);
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return;
        this.#wait = WAIT.first;
        clearTimeout(silence);
        silence = setTimeout(hangUp, SILENCE);
        for (const { event, data } of parser.feed(decoder.decode(value, { stream: true }))) {
          if (event === "change") this.#tell(data);
        }
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", cancel);
    }
  }

  #tell(data: string): void {
    let change: unknown = null;
    try {
      change = JSON.parse(data);
    } catch {
      return;
    }
    if (isChange(change)) this.#heard.changed(change);
  }
}
