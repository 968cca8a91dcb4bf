/** Of several requests for the same place only the newest counts: those that it overtakes are aborted and forgotten. */
export class Latest {
  #running: AbortController | null = null;

  /** What `ask` gives, or null where another request was made, or all were stopped, in the meantime. */
  async run<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.stop();
    const mine = (this.#running = new AbortController());
    try {
      const answer = await ask(mine.signal);
      return this.#running === mine ? answer : null;
    } catch (reason) {
      if (this.#running !== mine) return null;
      throw reason;
    } finally {
      if (this.#running === mine) this.#running = null;
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}
