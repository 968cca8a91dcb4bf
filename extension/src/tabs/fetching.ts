/** Does a task for each of a list, a few at a time; a newer list replaces what has not begun of the one before. */
export class Fetching<T> {
  readonly #atOnce: number;
  readonly #task: (item: T) => Promise<void>;
  #waiting: T[] = [];
  #running = 0;

  constructor(atOnce: number, task: (item: T) => Promise<void>) {
    this.#atOnce = atOnce;
    this.#task = task;
  }

  want(items: readonly T[]): void {
    this.#waiting = [...items];
    while (this.#running < this.#atOnce && this.#waiting.length > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) await this.#task(item);
    this.#running -= 1;
  }
}
