import type { Client } from "../api/client.js";
import { Latest } from "../api/latest.js";
import { Listening } from "../api/listening.js";
import type { CatalogEntry } from "../api/types.js";
import type { Translate } from "../grid/translate.js";
import type { Span } from "../grid/windowing.js";
import { Listing } from "./listing.js";
import { Thumbnails } from "./thumbnails.js";
import { isAboutQuery, sentenceOf } from "./trouble.js";

/** A version that no catalog has. */
const UNKNOWN = "";

/** The catalog that is shown: the list that answers the query, its pictures, and the line that tells of changes. */
export class OpenCatalog {
  readonly entry: CatalogEntry;
  readonly thumbnails: Thumbnails;
  listing: Listing | null = null;
  /** The query that the list answers. */
  answered = "";
  searching = false;
  /** Why nothing can be shown. */
  trouble: string | null;
  /** What is wrong with the words of the query. */
  queryError: string | null = null;
  /** Whether changes are told. */
  connected = true;
  /** Changes with the catalog, when the list has followed. */
  version = UNKNOWN;
  /** Images in or near the window. */
  window: Span = { from: 0, to: 0 };
  readonly #client: Client;
  readonly #pageSize: number;
  readonly #say: Translate;
  readonly #told: () => void;
  readonly #search = new Latest();
  readonly #line: Listening;
  #query = "";

  constructor(client: Client, entry: CatalogEntry, pageSize: number, say: Translate, told: () => void) {
    this.entry = entry;
    this.trouble = entry.problem;
    this.#client = client;
    this.#pageSize = pageSize;
    this.#say = say;
    this.#told = told;
    this.thumbnails = new Thumbnails((sha256, side) => client.thumbnail(entry.id, sha256, side), told);
    this.#line = new Listening((signal) => client.events(entry.id, signal), {
      changed: ({ version }) => {
        if (version !== this.listing?.version) this.#refresh(version);
      },
      connected: (now) => {
        this.#connected(now);
      },
    });
  }

  dispose(): void {
    this.#search.stop();
    this.#line.stop();
    this.listing?.stop();
    this.thumbnails.dispose();
  }

  listen(): void {
    if (this.entry.problem === null) this.#line.start();
  }

  stopListening(): void {
    this.#line.stop();
  }

  /**
   * Shows what answers a query: true when that is there. Until the server has answered, and where it cannot, the list stays
   * as it is.
   */
  async search(query: string): Promise<boolean> {
    const { id } = this.entry;
    this.#query = query;
    this.searching = true;
    this.#told();
    const listing = new Listing(
      (cursor, limit, signal) => this.#client.generations(id, { query, cursor, limit }, signal),
      this.#pageSize,
      () => {
        if (listing === this.listing) this.#told();
      },
    );
    try {
      if ((await this.#search.run((signal) => listing.start(signal).then(() => true))) === null) return false;
      this.listing?.stop();
      this.listing = listing;
      this.answered = query;
      this.version = listing.version;
      this.trouble = null;
      this.queryError = null;
      return true;
    } catch (reason) {
      if (isAboutQuery(reason)) this.queryError = sentenceOf(reason, this.#say);
      else this.trouble = sentenceOf(reason, this.#say);
      return false;
    } finally {
      if (query === this.#query) this.searching = false;
      this.#told();
    }
  }

  /** Tells which images are in or near the window; those that may be old are asked for again. */
  look(window: Span): void {
    const moved = window.from !== this.window.from || window.to !== this.window.to;
    this.window = window;
    this.listing?.want(window.to);
    if (moved && this.connected && this.listing?.isStale(window)) this.#refresh(this.listing.version);
  }

  /** Asks the server anew for what is on the screen. */
  refresh(): void {
    this.#refresh(UNKNOWN);
  }

  #connected(now: boolean): void {
    if (now && !this.connected) {
      this.thumbnails.forgive();
      this.listing?.retry();
      this.#refresh(UNKNOWN);
    }
    this.connected = now;
    this.#told();
  }

  #refresh(version: string): void {
    const { listing } = this;
    listing
      ?.refresh(version, () => this.window)
      .then(() => {
        this.version = listing.version;
        const begins = listing.outdated && listing === this.listing && this.window.from === 0;
        if (begins) void this.search(this.#query);
        this.#told();
      })
      // The next change asks again; whether the server is there, the line of events tells.
      .catch(() => null);
  }
}
