import { HttpError, UNREACHABLE } from "../api/http.js";
import { Pictures, THUMB_SIDES } from "../grid/pictures.js";

export const PICTURES_KEPT = 600;
/** Twice the lines that a browser has to a server: they never idle until the page gets round to asking for more. */
export const AT_ONCE = 12;

export type Fetch = (sha256: string, side: number) => Promise<Blob>;

/** The thumbnails of one catalog. Only what was wanted last is fetched, in its order. */
export class Thumbnails {
  readonly #pictures = new Pictures(PICTURES_KEPT);
  readonly #fetch: Fetch;
  readonly #told: () => void;
  readonly #broken = new Set<string>();
  readonly #unreached = new Set<string>();
  readonly #underWay = new Set<string>();
  #queue: string[] = [];
  #side: number = THUMB_SIDES[0];
  #closed = false;

  constructor(fetch: Fetch, told: () => void) {
    this.#fetch = fetch;
    this.#told = told;
  }

  /** The picture in the side that was wanted last, or in another one until that is there. */
  url(sha256: string): string | null {
    for (const side of [this.#side, ...THUMB_SIDES]) {
      const url = this.#pictures.get(`${sha256}@${side}`);
      if (url !== null) return url;
    }
    return null;
  }

  isBroken(sha256: string): boolean {
    return this.#broken.has(sha256);
  }

  want(wanted: readonly string[], side: number): void {
    this.#side = side;
    this.#pictures.makeRoom(wanted.length);
    this.#queue = wanted.filter((sha256) => !this.#pictures.has(`${sha256}@${side}`) && !this.#broken.has(sha256));
    this.#pump();
  }

  /** The server can be reached again. */
  forgive(): void {
    this.#unreached.clear();
    this.#pump();
  }

  dispose(): void {
    this.#closed = true;
    this.#queue = [];
    this.#pictures.clear();
  }

  #pump(): void {
    while (this.#underWay.size < AT_ONCE) {
      const sha256 = this.#queue.shift();
      if (sha256 === undefined) return;
      const key = `${sha256}@${this.#side}`;
      if (this.#underWay.has(key) || this.#unreached.has(key)) continue;
      this.#underWay.add(key);
      void this.#load(sha256, this.#side, key);
    }
  }

  async #load(sha256: string, side: number, key: string): Promise<void> {
    try {
      const blob = await this.#fetch(sha256, side);
      if (!this.#closed) this.#pictures.set(key, blob, blob.type);
    } catch (reason) {
      const passing = reason instanceof HttpError && (reason.status === UNREACHABLE || reason.status >= 500);
      if (passing) this.#unreached.add(key);
      else this.#broken.add(sha256);
    } finally {
      this.#underWay.delete(key);
    }
    if (this.#closed) return;
    this.#told();
    this.#pump();
  }
}
