import type { Item, Page } from "../api/types.js";
import type { Span } from "../grid/windowing.js";
import { reconciled } from "./reconcile.js";

interface LoadedPage {
  /** Where it begins; null is the newest image. */
  cursor: string | null;
  items: readonly Item[];
  version: string;
}

export type Ask = (cursor: string | null, limit: number, signal: AbortSignal) => Promise<Page>;

/** Pages that are asked for before anybody comes near them. */
const AHEAD = 2;
/** Images a request where a place far down is looked for, and at most how many requests. */
const SEEK = { limit: 500, requests: 8 };

/** The images that answer one query, newest first, as far as they are loaded. */
export class Listing {
  items: readonly Item[] = [];
  total: number | null = null;
  version = "";
  /** Why no more could be loaded. */
  problem: unknown = null;
  /** There are more new images at the top than were asked for: the list has to begin anew. */
  outdated = false;
  readonly #ask: Ask;
  readonly #pageSize: number;
  readonly #told: () => void;
  readonly #stop = new AbortController();
  #pages: LoadedPage[] = [];
  #next: string | null = null;
  #wanted = 0;
  #loading: Promise<void> | null = null;
  #refreshing: Promise<void> | null = null;
  #again: (() => Span) | null = null;

  constructor(ask: Ask, pageSize: number, told: () => void) {
    this.#ask = ask;
    this.#pageSize = Math.max(1, Math.min(500, pageSize));
    this.#told = told;
  }

  get complete(): boolean {
    return this.#next === null;
  }

  get loading(): boolean {
    return this.#loading !== null;
  }

  /** Loads the first page; fails where the server does not give it. */
  async start(signal: AbortSignal): Promise<void> {
    this.#add(null, await this.#ask(null, this.#pageSize, signal));
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Loads what is missing up to image `to` and two pages more. */
  want(to: number): void {
    this.#wanted = Math.max(this.#wanted, to + AHEAD * this.#pageSize);
    if (this.problem === null) this.#load();
  }

  retry(): void {
    this.problem = null;
    this.#load();
  }

  /** Loads until an image is there; false where it is too far down, or not there at all. */
  async seek(uid: string): Promise<boolean> {
    for (let requests = 0; !this.items.some((item) => item.uid === uid); requests++) {
      if (requests >= SEEK.requests || this.complete || this.problem !== null || this.#stop.signal.aborted)
        return false;
      await this.#loading;
      await this.#loadOne(SEEK.limit);
    }
    return true;
  }

  /**
   * Asks again for the newest images and for those in a window, where they are of another version than the catalog.
   * A refresh that is wanted during one follows it.
   */
  refresh(version: string, window: () => Span): Promise<void> {
    this.version = version;
    if (this.#refreshing) {
      this.#again = window;
      return this.#refreshing;
    }
    this.#refreshing = this.#refresh(window).finally(() => {
      this.#refreshing = null;
      const again = this.#again;
      this.#again = null;
      return again && !this.#stop.signal.aborted ? this.refresh(this.version, again) : undefined;
    });
    return this.#refreshing;
  }

  /** Whether a window shows images as they were in another version of the catalog. */
  isStale(window: Span): boolean {
    return this.#pages.some((page, place) => this.#isWanted(page, place, window));
  }

  /** Puts newer states of images in their places. */
  replace(changed: readonly Item[]): void {
    const byUid = new Map(changed.map((item) => [item.uid, item]));
    const concerns = (page: LoadedPage): boolean => page.items.some((item) => byUid.has(item.uid));
    this.#pages = this.#pages.map((page) =>
      concerns(page) ? { ...page, items: page.items.map((item) => byUid.get(item.uid) ?? item) } : page,
    );
    this.#flatten();
  }

  #load(): void {
    if (this.#loading || this.#next === null || this.items.length >= this.#wanted) return;
    this.#loading = this.#loadOne(this.#pageSize).finally(() => {
      this.#loading = null;
      if (this.problem === null && !this.#stop.signal.aborted) this.#load();
      this.#told();
    });
  }

  async #loadOne(limit: number): Promise<void> {
    const cursor = this.#next;
    if (cursor === null) return;
    try {
      const page = await this.#ask(cursor, limit, this.#stop.signal);
      // Nobody else has gone on from here in the meantime.
      if (cursor === this.#next && !this.#stop.signal.aborted) this.#add(cursor, page);
    } catch (reason) {
      if (!this.#stop.signal.aborted) this.problem = reason;
    }
  }

  #add(cursor: string | null, page: Page): void {
    const known = new Set(this.items.map((item) => item.uid));
    const items = page.items.filter((item) => !known.has(item.uid));
    this.#pages.push({ cursor, items, version: page.version });
    this.#next = page.next;
    this.total = page.total;
    if (cursor === null) this.version = page.version;
    this.#flatten();
  }

  async #refresh(window: () => Span): Promise<void> {
    const stale = this.#pages.filter((page, place) => this.#isWanted(page, place, window()));
    for (const page of stale) await this.#refreshPage(page);
  }

  #isWanted(page: LoadedPage, place: number, window: Span): boolean {
    if (page.version === this.version) return false;
    if (place === 0) return true;
    const from = this.#pages.slice(0, place).reduce((sum, other) => sum + other.items.length, 0);
    return from < window.to && from + page.items.length > window.from;
  }

  async #refreshPage(page: LoadedPage): Promise<void> {
    const limit = Math.min(500, Math.max(this.#pageSize, page.items.length));
    const answer = await this.#ask(page.cursor, limit, this.#stop.signal);
    const place = this.#pages.findIndex((other) => other.cursor === page.cursor);
    const old = this.#pages[place];
    if (!old || this.#stop.signal.aborted) return;
    const others = new Set(this.#pages.slice(place + 1).flatMap((later) => later.items.map((item) => item.uid)));
    const items = reconciled(old.items, answer.items, answer.next === null, others);
    this.total = answer.total;
    this.version = answer.version;
    if (items === null) this.outdated = true;
    else this.#pages[place] = { ...old, items, version: answer.version };
    this.#flatten();
  }

  #flatten(): void {
    this.items = this.#pages.flatMap((page) => page.items);
    this.#told();
  }
}
