/** Milliseconds before it is looked again, at first and at most. */
const WAIT = { first: 5000, most: 60_000 };

/** When to look again for catalogs: ever less often while there is none, and soon when there is reason to. */
export class Looking {
  readonly #look: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #wait = WAIT.first;
  #lookedAt = -Infinity;

  constructor(look: () => void) {
    this.#look = look;
  }

  /** Somebody looks now, which does what was planned. */
  begins(): void {
    this.#forget();
    this.#lookedAt = Date.now();
  }

  /** There was nothing. */
  later(): void {
    this.#plan(this.#wait);
    this.#wait = Math.min(WAIT.most, this.#wait * 2);
  }

  /** There may be something; a walk through many folders is a reason once in a while only. */
  soon(): void {
    this.#wait = WAIT.first;
    this.#plan(Math.max(0, this.#lookedAt + WAIT.first - Date.now()));
  }

  stop(): void {
    this.#forget();
    this.#wait = WAIT.first;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }

  #plan(delay: number): void {
    const due = Date.now() + delay;
    if (this.#due <= due) return;
    this.#forget();
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#look();
    }, delay);
  }
}
