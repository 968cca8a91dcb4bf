// A server with one run of six cells, and as many others as are asked for by uid.
import { type Http, HttpError } from "../../src/api/http.js";
import type { Cell, Details, Scene } from "../../src/grid/protocol.js";
import { item } from "../gallery/server.js";
import { scene } from "../kernel.js";

const NOTHING: Details = {
  title: "told",
  parameters: [],
  effective: [],
  environment: [],
  code: "",
  path: null,
  seconds: null,
  notes: [],
};

export class GridServer implements Http {
  readonly asked: string[] = [];
  /** What every request fails with. */
  failure: Error | null = null;
  axes = ["seed", "prompt"];
  /** What is special about a cell, by its id. */
  readonly cells = new Map<number, Partial<Cell>>();
  change: Partial<Scene> = {};
  details: Partial<Details> = {};
  factors = ["seed"];
  /** Versions without a picture. */
  readonly lost = new Set<string>();
  underWay = 0;
  most = 0;
  /** Requests for paths with this in them wait until `go`. */
  slow: string | null = null;
  #go: (() => void)[] = [];
  readonly #lines = new Set<ReadableStreamDefaultController<Uint8Array>>();

  /** How many listen to its events. */
  get lines(): number {
    return this.#lines.size;
  }

  askedFor(part: string): string[] {
    return this.asked.filter((path) => path.includes(part));
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    this.asked.push(path);
    await this.#answers(path);
    const [route = "", query = ""] = path.split("?");
    return this.#answer(route.split("/")[2] ?? "", new URLSearchParams(query), init) as T;
  }

  async bytes(path: string): Promise<Blob> {
    this.asked.push(path);
    this.most = Math.max(this.most, ++this.underWay);
    try {
      await this.#answers(path);
    } finally {
      this.underWay--;
    }
    if ([...this.lost].some((version) => path.includes(`/${version}`)))
      throw new HttpError(404, "There is no such image.", { told: true });
    return new Blob([path], { type: "image/webp" });
  }

  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    this.asked.push(path);
    const stream = new ReadableStream<Uint8Array>({
      start: (line) => {
        this.#lines.add(line);
        signal.addEventListener("abort", () => this.#lines.delete(line));
      },
    });
    return Promise.resolve(stream);
  }

  /** The catalog has changed, and says so. */
  say(version: string): void {
    const text = `event: change\ndata: ${JSON.stringify({ version, total: 6 })}\n\n`;
    for (const line of this.#lines) line.enqueue(new TextEncoder().encode(text));
  }

  /** Lets what waits go on. */
  go(): void {
    for (const go of this.#go.splice(0)) go();
  }

  async #answers(path: string): Promise<void> {
    if (this.slow !== null && path.includes(this.slow)) await new Promise<void>((go) => this.#go.push(go));
    else await Promise.resolve();
    if (this.failure) throw this.failure;
  }

  #answer(route: string, asked: URLSearchParams, init: RequestInit): unknown {
    switch (route) {
      case "grid": {
        const uids = asked.get("uids")?.split(",");
        const made = scene(uids ? { image: uids.length } : { seed: 3, prompt: 2 }, this.change);
        for (const cell of made.cells) {
          Object.assign(cell, { uid: `u${cell.id}`, version: `v${cell.id}` }, this.cells.get(cell.id));
        }
        return { scene: made, axes: this.axes };
      }
      case "compare":
        return { rows: [{ name: "seed", values: ["1", "2"], same: false }], factors: this.factors, warning: null };
      case "marks": {
        const { uids, set } = JSON.parse(init.body as string) as { uids: string[]; set: object };
        return { items: uids.map((uid) => ({ ...item(1), uid, ...set })) };
      }
      default:
        return { item: item(1), details: { ...NOTHING, ...this.details } };
    }
  }
}
