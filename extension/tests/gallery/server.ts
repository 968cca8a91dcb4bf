// The other side of the routes: a made-up catalog, with what was asked of it.
import { type Http, HttpError, unreachable } from "../../src/api/http.js";
import type { CatalogEntry, Details, FacetList, Item, MarkSet, Page, WordList } from "../../src/api/types.js";
import { marked } from "../../src/gallery/marking.js";

export function item(number: number, change: Partial<Item> = {}): Item {
  return {
    uid: `u${number}`,
    created: new Date(Date.UTC(2026, 0, 1, 12) + number * 600_000).toISOString(),
    status: "ok",
    prompt: `a fox, number ${number}`,
    model: number % 2 === 0 ? "nano" : "dev",
    seed: String(number),
    steps: 8,
    guidance: 3.5,
    width: 512,
    height: 512,
    scheduler: "euler",
    loras: [],
    mode: "exact",
    source: "fluxlab",
    run: null,
    run_name: null,
    seconds: 1,
    stars: null,
    rejected: false,
    tags: [],
    note: null,
    error: null,
    image: `sha${number}`,
    ...change,
  };
}

/** Newest first. */
export function items(count: number, change: (number: number) => Partial<Item> = () => ({})): Item[] {
  return Array.from({ length: count }, (_, place) => item(count - place, change(count - place)));
}

export function catalog(id: string, change: Partial<CatalogEntry> = {}): CatalogEntry {
  return { id, name: id, folder: "", path: `/data/${id}`, images: 1, problem: null, ...change };
}

export const FIELDS: WordList = {
  fields: [
    { name: "model", kind: "text", values: ["nano", "dev", '"my ""model"'], help: "part of the name" },
    { name: "steps", kind: "number", values: [], help: "a number or a range" },
    { name: "stars", kind: "number", values: [], help: "" },
    { name: "starred", kind: "yes_no", values: [], help: "" },
  ],
};

const refuse = (message: string): HttpError => new HttpError(400, message, { field: "query", told: true });

export class Server implements Http {
  catalogs: CatalogEntry[] = [catalog("one")];
  items: Item[];
  details: Partial<Details> = {};
  /** What every request fails with. */
  failure: HttpError | null = null;
  /** Digests without a picture. */
  lost = new Set<string>();
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  /** Requests for paths that have one of these in them wait until they are let go. */
  readonly #held = new Map<string, (() => void)[]>();
  readonly #lines = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #version = 1;

  constructor(count = 0) {
    this.items = items(count);
  }

  get lines(): number {
    return this.#lines.size;
  }

  askedFor(part: string): string[] {
    return this.asked.filter((path) => path.includes(part));
  }

  hold(part: string): void {
    this.#held.set(part, []);
  }

  release(part: string): void {
    for (const go of this.#held.get(part) ?? []) go();
    this.#held.delete(part);
  }

  /** The catalog has changed, and says so. */
  change(changed: Item[]): void {
    this.items = changed;
    this.#version++;
    this.say(`event: change\ndata: ${JSON.stringify({ version: this.version, total: changed.length })}\n\n`);
  }

  say(text: string): void {
    for (const line of this.#lines) line.enqueue(new TextEncoder().encode(text));
  }

  hangUp(): void {
    for (const line of this.#lines) line.close();
    this.#lines.clear();
  }

  get version(): string {
    return `v${this.#version}`;
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    await this.#arrives(path);
    if (init.signal?.aborted) throw new DOMException("aborted", "AbortError");
    const [route = "", query = ""] = path.split("?");
    return this.#answer(route.split("/").slice(2).map(decodeURIComponent), new URLSearchParams(query), init) as T;
  }

  async bytes(path: string): Promise<Blob> {
    await this.#arrives(path);
    if ([...this.lost].some((sha256) => path.includes(`/${sha256}`))) {
      throw new HttpError(404, "There is no such image.", { told: true });
    }
    return new Blob([path], { type: "image/webp" });
  }

  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    await this.#arrives(path);
    let mine: ReadableStreamDefaultController<Uint8Array> | null = null;
    return new ReadableStream<Uint8Array>({
      start: (line) => {
        mine = line;
        this.#lines.add(line);
        signal.addEventListener("abort", () => this.#lines.delete(line));
      },
      cancel: () => {
        if (mine) this.#lines.delete(mine);
      },
    });
  }

  async #arrives(path: string): Promise<void> {
    this.asked.push(path);
    for (const [part, waiting] of this.#held) {
      if (path.includes(part)) {
        await new Promise<void>((go) => {
          waiting.push(go);
        });
      }
    }
    if (this.failure) throw this.failure;
  }

  #answer([route = "", uid]: string[], asked: URLSearchParams, init: RequestInit): unknown {
    switch (route) {
      case "":
        return { catalogs: this.catalogs, version: "1" };
      case "generations":
        return uid === undefined ? this.#page(asked) : { item: this.#one(uid), details: this.#details(uid) };
      case "facets":
        return this.#facets(asked.get("query") ?? "");
      case "words":
        return FIELDS;
      case "marks":
        return this.#mark(init);
      case "imports":
        return this.#import(init);
      default:
        throw new HttpError(404, "Not Found");
    }
  }

  #page(asked: URLSearchParams): Page {
    const found = this.#found(asked.get("query") ?? "");
    const limit = Number(asked.get("limit"));
    const cursor = asked.get("cursor");
    const from = cursor === null ? 0 : found.findIndex((one) => one.uid === cursor) + 1;
    const page = found.slice(from, from + limit);
    const next = from + limit < found.length ? (page.at(-1)?.uid ?? null) : null;
    return { items: page.map((one) => ({ ...one })), next, total: found.length, version: this.version };
  }

  #found(query: string): Item[] {
    return query.split(/\s+/).reduce((found, word) => {
      const [field, value = ""] = word.split(":");
      if (!word.includes(":")) return found.filter((one) => (one.prompt ?? "").includes(word));
      if (field === "model") return found.filter((one) => one.model?.includes(value));
      if (field === "starred") return found.filter((one) => one.stars !== null);
      throw refuse(`'${word}' (word 1) has no field.`);
    }, this.items);
  }

  #facets(query: string): FacetList {
    const found = this.#found(query);
    const values = ["nano", "dev"].map((model) => ({
      text: model,
      words: `model:${model}`,
      count: found.filter((one) => one.model === model).length,
    }));
    return { facets: [{ field: "model", values: values.filter(({ count }) => count > 0), more: 3 }] };
  }

  #one(uid: string): Item {
    const found = this.items.find((one) => one.uid === uid);
    if (!found) throw new HttpError(404, "There is no such generation.", { told: true });
    return found;
  }

  #details(uid: string): Details {
    return {
      title: uid,
      parameters: [{ name: "prompt", text: this.#one(uid).prompt ?? "", differs: false, base: null }],
      effective: [],
      environment: [],
      code: "Recipe()",
      path: null,
      seconds: 1,
      notes: [],
      ...this.details,
    };
  }

  #mark(init: RequestInit): unknown {
    const { uids, set } = JSON.parse(init.body as string) as { uids: string[]; set: MarkSet };
    this.bodies.push({ uids, set });
    const changed = uids.map((uid) => marked(this.#one(uid), set));
    this.change(this.items.map((one) => changed.find((other) => other.uid === one.uid) ?? one));
    return { items: changed };
  }

  #import(init: RequestInit): unknown {
    const name = decodeURIComponent(new Headers(init.headers).get("X-Fluxlab-Name") ?? "");
    if (!name.endsWith(".png")) throw new HttpError(415, `'${name}' is no PNG, JPEG or WebP.`, { told: true });
    const known = this.items.find((one) => one.note === name);
    if (known) return { item: known, new: false };
    const made = item(this.items.length + 1, { source: "A1111", note: name });
    this.change([made, ...this.items]);
    return { item: made, new: true };
  }
}

export { unreachable };
