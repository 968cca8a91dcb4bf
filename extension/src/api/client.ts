import type { Scene } from "../grid/protocol.js";
import type { Http } from "./http.js";
import type {
  CatalogList,
  Code,
  CodeKind,
  Comparison,
  FacetList,
  Imported,
  ItemDetails,
  Marked,
  MarkSet,
  Page,
  WordList,
} from "./types.js";

export interface GridAnswer {
  scene: Scene;
  /** Names that its directions can be chosen from. */
  axes: string[];
}

/** How many images one request may name. */
export const MOST_UIDS = 500;

function path(
  parts: readonly string[],
  asked: Readonly<Record<string, string | number | null | undefined>> = {},
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return parts.map(encodeURIComponent).join("/") + (text === "" ? "" : `?${text}`);
}

/** The server's routes by name. */
export class Client {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  catalogs(signal?: AbortSignal): Promise<CatalogList> {
    return this.#get(path(["catalogs"]), signal);
  }

  generations(
    catalog: string,
    asked: { query: string; cursor: string | null; limit: number },
    signal?: AbortSignal,
  ): Promise<Page> {
    return this.#get(path(["catalogs", catalog, "generations"], asked), signal);
  }

  generation(catalog: string, uid: string, signal?: AbortSignal): Promise<ItemDetails> {
    return this.#get(path(["catalogs", catalog, "generations", uid]), signal);
  }

  facets(catalog: string, query: string, signal?: AbortSignal): Promise<FacetList> {
    return this.#get(path(["catalogs", catalog, "facets"], { query }), signal);
  }

  words(catalog: string, signal?: AbortSignal): Promise<WordList> {
    return this.#get(path(["catalogs", catalog, "words"]), signal);
  }

  compare(catalog: string, uids: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    return this.#get(path(["catalogs", catalog, "compare"], { uids: uids.join(",") }), signal);
  }

  grid(
    catalog: string,
    asked: { uids?: readonly string[]; run?: string; x?: string; y?: string },
    signal?: AbortSignal,
  ): Promise<GridAnswer> {
    return this.#get(path(["catalogs", catalog, "grid"], { ...asked, uids: asked.uids?.join(",") }), signal);
  }

  image(catalog: string, sha256: string): Promise<Blob> {
    return this.#http.bytes(path(["catalogs", catalog, "images", sha256]));
  }

  thumbnail(catalog: string, sha256: string, side: number): Promise<Blob> {
    return this.#http.bytes(path(["catalogs", catalog, "thumbnails", sha256], { side }));
  }

  mark(catalog: string, uids: readonly string[], set: MarkSet): Promise<Marked> {
    return this.#post(path(["catalogs", catalog, "marks"]), { uids, set });
  }

  /** `folder` is that of the notebook that the code is for, from the server's root; null where there is none. */
  code(catalog: string, uids: readonly string[], kind: CodeKind, folder: string | null): Promise<Code> {
    return this.#post(path(["catalogs", catalog, "code"]), { uids, kind, ...(folder === null ? {} : { folder }) });
  }

  /** A header holds no name as people write them, so it is percent-encoded there. */
  importImage(catalog: string, file: Blob, name: string): Promise<Imported> {
    return this.#http.json(path(["catalogs", catalog, "imports"]), {
      method: "POST",
      body: file,
      headers: { "Content-Type": file.type || "application/octet-stream", "X-Fluxlab-Name": encodeURIComponent(name) },
    });
  }

  events(catalog: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#http.stream(path(["catalogs", catalog, "events"]), signal);
  }

  #get<T>(where: string, signal?: AbortSignal): Promise<T> {
    return this.#http.json(where, signal ? { signal } : {});
  }

  #post<T>(where: string, body: unknown): Promise<T> {
    return this.#http.json(where, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });
  }
}
