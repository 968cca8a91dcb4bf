import type { Client } from "../api/client.js";
import { Latest } from "../api/latest.js";
import type { Heard } from "../api/listening.js";
import type { CatalogEntry } from "../api/types.js";
import type { Translate } from "../grid/translate.js";
import type { Span } from "../grid/windowing.js";
import type { Lines } from "./lines.js";
import { Listing } from "./listing.js";
import { Thumbnails } from "./thumbnails.js";
import { isAboutQuery, sentenceOf } from "./trouble.js";

/** A version that no catalog has. */
const UNKNOWN = "";

interface OpenCatalogOptions {
  client: Client;
  lines: Lines;
  entry: CatalogEntry;
  pageSize: number;
  say: Translate;
  /** Called when there is something to draw. */
  told: () => void;
  /** Called when the line is lost, and when it stands again. */
  turned: () => void;
  /** Called whenever a lost line was tried again in vain. */
  stillLost: () => void;
}

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
  /** The newest search got no answer. */
  failed = false;
  /** What is wrong with the words of the query. */
  queryError: string | null = null;
  /** Whether changes are told. */
  connected = true;
  /** Changes with the catalog, when the list has followed. */
  version = UNKNOWN;
  /** Images in or near the window. */
  window: Span = { from: 0, to: 0 };
  readonly #options: OpenCatalogOptions;
  readonly #search = new Latest();
  readonly #heard: Heard = {
    changed: ({ version }) => {
      this.#changed(version);
    },
    connected: (now) => {
      this.#connected(now);
    },
  };
  #leave: (() => void) | null = null;
  #query = "";
  /** The version of the newest change that was told during a search, whose answer may be older. */
  #missed = UNKNOWN;

  constructor(options: OpenCatalogOptions) {
    const { client, entry, told } = (this.#options = options);
    this.entry = entry;
    this.trouble = entry.problem;
    this.thumbnails = new Thumbnails((sha256, side) => client.thumbnail(entry.id, sha256, side), told);
  }

  /** Whether the list is of other words than those that got no answer. */
  get unanswered(): boolean {
    return this.failed && this.listing !== null && this.answered !== this.#query;
  }

  dispose(): void {
    this.#search.stop();
    this.stopListening();
    this.listing?.stop();
    this.thumbnails.dispose();
  }

  listen(): void {
    if (this.entry.problem !== null || this.#leave !== null) return;
    this.#leave = this.#options.lines.join(this.entry.id, this.#heard);
  }

  stopListening(): void {
    this.#leave?.();
    this.#leave = null;
  }

  /**
   * Shows what answers a query: true when that is there. Until the server has answered, and where it cannot, the list stays
   * as it is.
   */
  async search(query: string): Promise<boolean> {
    const { id } = this.entry;
    const { client, pageSize, say, told } = this.#options;
    this.#query = query;
    this.searching = true;
    this.failed = false;
    this.#missed = UNKNOWN;
    told();
    const listing = new Listing(
      (cursor, limit, signal) => client.generations(id, { query, cursor, limit }, signal),
      pageSize,
      () => {
        if (listing === this.listing) told();
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
      if (this.#missed !== UNKNOWN && this.#missed !== listing.version) this.#refresh(this.#missed);
      return true;
    } catch (reason) {
      if (isAboutQuery(reason)) this.queryError = sentenceOf(reason, say);
      else {
        this.trouble = sentenceOf(reason, say);
        this.failed = true;
        this.queryError = null;
      }
      return false;
    } finally {
      if (query === this.#query) this.searching = false;
      told();
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
    if (this.#leave !== null) this.#options.lines.again(this.entry.id);
    this.#refresh(UNKNOWN);
  }

  #changed(version: string): void {
    if (this.searching) this.#missed = version;
    if (version !== this.listing?.version) this.#refresh(version);
  }

  #connected(now: boolean): void {
    if (now === this.connected) {
      if (!now) this.#options.stillLost();
      return;
    }
    this.connected = now;
    if (now) {
      this.thumbnails.forgive();
      this.listing?.retry();
      this.#refresh(UNKNOWN);
    }
    this.#options.turned();
    this.#options.told();
  }

  #refresh(version: string): void {
    const { listing } = this;
    listing
      ?.refresh(version, () => this.window)
      .then(() => {
        this.version = listing.version;
        const begins = listing.outdated && listing === this.listing && this.window.from === 0;
        if (begins) void this.search(this.#query);
        this.#options.told();
      })
      // The next change asks again; whether the server is there, the line of events tells.
      .catch(() => null);
  }
}
