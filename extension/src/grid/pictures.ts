/** Object URLs of pictures. The least recently used ones are revoked where there are more than `limit`. */
export class Pictures {
  readonly #urls = new Map<string, string>();
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#urls.size;
  }

  /** Keeps at least this many, so that what is on the screen is never dropped for what else is on it. */
  makeRoom(count: number): void {
    this.#limit = Math.max(this.#limit, count);
  }

  has(key: string): boolean {
    return this.#urls.has(key);
  }

  get(key: string): string | null {
    const url = this.#urls.get(key);
    if (url === undefined) return null;
    this.#urls.delete(key);
    this.#urls.set(key, url);
    return url;
  }

  set(key: string, bytes: BlobPart, mime: string): string {
    this.delete(key);
    const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
    this.#urls.set(key, url);
    for (const oldest of this.#urls.keys()) {
      if (this.#urls.size <= this.#limit) break;
      this.delete(oldest);
    }
    return url;
  }

  delete(key: string): void {
    const url = this.#urls.get(key);
    if (url === undefined) return;
    URL.revokeObjectURL(url);
    this.#urls.delete(key);
  }

  clear(): void {
    for (const key of [...this.#urls.keys()]) this.delete(key);
  }
}

/** Sides that thumbnails are asked in, so that small changes of size ask for nothing. */
export const THUMB_SIDES = [128, 256, 512] as const;

export function thumbSide(cssPixels: number, pixelRatio: number): number {
  const wanted = cssPixels * pixelRatio;
  return THUMB_SIDES.find((side) => side >= wanted) ?? THUMB_SIDES[2];
}
