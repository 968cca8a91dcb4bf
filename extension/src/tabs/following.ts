import { Listening } from "../api/listening.js";

/** Milliseconds between two loads, and how many times as long as the last one took: a server has other things to do. */
const REST = { least: 1000, times: 4, most: 30_000 };

/** Loads again when a catalog has changed, as long as somebody looks: one load at a time, which stands for all changes before. */
export class Following {
  readonly #line: Listening;
  readonly #load: () => Promise<boolean>;
  /** Version of the catalog that was loaded; null where that failed. */
  #loaded: string | null = null;
  #newest: string | null = null;
  #stop: AbortController | null = null;
  #loading = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `load` says whether it went well. */
  constructor(open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>, load: () => Promise<boolean>) {
    this.#load = load;
    this.#line = new Listening(open, {
      // A line that stands tells the version first, so that nothing is missed while there was none.
      changed: ({ version }) => {
        this.#newest = version;
        void this.#follow();
      },
      connected: () => undefined,
    });
  }

  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#line.start();
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#line.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #follow(): Promise<void> {
    const [version, stop] = [this.#newest, this.#stop];
    if (!stop || this.#loading || this.#timer !== undefined || version === this.#loaded) return;
    this.#loading = true;
    const began = performance.now();
    this.#loaded = (await this.#load()) ? version : null;
    this.#loading = false;
    if (stop.signal.aborted) {
      void this.#follow(); // it may have been started again
      return;
    }
    const rest = Math.min(REST.most, Math.max(REST.least, REST.times * (performance.now() - began)));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What failed waits for the next change, or for somebody who tries again.
      if (this.#newest !== version) void this.#follow();
    }, rest);
  }
}
