import type { Http } from "../api/http.js";
import type { ItemDetails, Marked } from "../api/types.js";
import type { Cell, Comparison, FromKernel, MarkChange, Model, Question, Scene, ToKernel } from "../grid/protocol.js";
import { Fetching } from "./fetching.js";

/** Which generations: those of a run, or these. */
export type Wanted = { run: string } | { uids: readonly string[] };

interface GridAnswer {
  scene: Scene;
  axes: string[];
}

export interface Axes {
  x: string | null;
  y: string | null;
}

type Receiver = (content: FromKernel, buffers?: readonly ArrayBuffer[]) => void;

const PICTURES_AT_ONCE = 4;

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** What an image grid is told by a kernel elsewhere, it is told by the server here: the catalog holds all that it shows. */
export class ServerModel implements Model {
  /** Names of the axes that the images can be laid out by. */
  names: readonly string[] = [];
  axes: Axes = { x: null, y: null };
  readonly #http: Http;
  readonly #base: string;
  readonly #wanted: Wanted;
  readonly #receivers = new Set<Receiver>();
  readonly #cells = new Map<number, Cell>();
  readonly #thumbs = new Fetching<Cell>(PICTURES_AT_ONCE, (cell) => this.#thumb(cell));
  #side = 0;

  constructor(http: Http, catalog: string, wanted: Wanted) {
    this.#http = http;
    this.#base = `catalogs/${encodeURIComponent(catalog)}`;
    this.#wanted = wanted;
  }

  get(): undefined {
    return undefined;
  }

  on(_name: string, callback: (...values: never[]) => void): void {
    this.#receivers.add(callback as Receiver);
  }

  off(_name: string, callback: (...values: never[]) => void): void {
    this.#receivers.delete(callback as Receiver);
  }

  send(content: ToKernel): void {
    switch (content.type) {
      case "hello":
        // Nobody shall be told to wait for a kernel.
        queueMicrotask(() => {
          this.#tell({ type: "progress", progress: null });
        });
        void this.load(this.axes);
        break;
      case "thumbs":
        this.#side = content.side;
        this.#thumbs.want(content.ids.map((id) => this.#cells.get(id)).filter((cell) => cell !== undefined));
        break;
      case "mark":
        void this.#mark(content.ids, content.set);
        break;
      case "act":
        break; // a scene of the server has no actions
      default:
        void this.#answer(content);
    }
  }

  /** Lays the images out by these axes, or as the server thinks best. */
  async load(axes: Axes): Promise<void> {
    const query = new URLSearchParams(
      "run" in this.#wanted ? { run: this.#wanted.run } : { uids: this.#wanted.uids.join(",") },
    );
    if (axes.x !== null) query.set("x", axes.x);
    if (axes.y !== null) query.set("y", axes.y);
    try {
      const { scene, axes: names } = await this.#http.json<GridAnswer>(`${this.#base}/grid?${query.toString()}`);
      this.axes = axes;
      this.names = names;
      this.#cells.clear();
      for (const cell of scene.cells) this.#cells.set(cell.id, cell);
      this.#tell({ type: "scene", scene });
    } catch (reason) {
      this.#complain(reason);
    }
  }

  #tell(content: FromKernel, buffers: readonly ArrayBuffer[] = []): void {
    for (const receiver of [...this.#receivers]) receiver(content, buffers);
  }

  #complain(reason: unknown): void {
    this.#tell({ type: "notice", level: "error", text: messageOf(reason), trace: null });
  }

  async #thumb(cell: Cell): Promise<void> {
    const { id, version } = cell;
    if (version === null) return;
    const side = this.#side;
    try {
      const picture = await this.#http.bytes(`${this.#base}/thumbnails/${version}?side=${side}`);
      const bytes = await picture.arrayBuffer();
      this.#tell({ type: "thumbs", ids: [id], versions: [version], mimes: [picture.type], side }, [bytes]);
    } catch (reason) {
      this.#tell({ type: "cells", cells: [{ id, status: "missing", error: messageOf(reason) }] });
    }
  }

  #cell(id: number): Cell & { uid: string } {
    const cell = this.#cells.get(id);
    if (!cell?.uid) throw new Error("There is no image here yet.");
    return { ...cell, uid: cell.uid };
  }

  async #answer(question: Question & { request: number }): Promise<void> {
    const { request } = question;
    try {
      switch (question.type) {
        case "full": {
          const { version } = this.#cell(question.id);
          if (version === null) throw new Error("There is no image here.");
          const picture = await this.#http.bytes(`${this.#base}/images/${version}`);
          this.#tell({ type: "reply", request, ok: true, mime: picture.type }, [await picture.arrayBuffer()]);
          break;
        }
        case "details": {
          const path = `${this.#base}/generations/${this.#cell(question.id).uid}`;
          const { details } = await this.#http.json<ItemDetails>(path);
          this.#tell({ type: "reply", request, ok: true, details });
          break;
        }
        case "compare": {
          const uids = question.ids.map((id) => this.#cell(id).uid);
          const compared = await this.#http.json<Comparison>(`${this.#base}/compare?uids=${uids.join(",")}`);
          this.#tell({ type: "reply", request, ok: true, ...compared });
        }
      }
    } catch (reason) {
      this.#tell({ type: "reply", request, ok: false, error: messageOf(reason) });
    }
  }

  async #mark(ids: readonly number[], set: MarkChange): Promise<void> {
    try {
      const uids = [...new Set(ids.map((id) => this.#cell(id).uid))];
      const init = { method: "POST", body: JSON.stringify({ uids, set }) };
      const { items } = await this.#http.json<Marked>(`${this.#base}/marks`, init);
      const marked = new Map(items.map((item) => [item.uid, item]));
      const changes = [...this.#cells.values()].flatMap(({ id, uid }) => {
        const item = uid === null ? undefined : marked.get(uid);
        return item ? [{ id, stars: item.stars, rejected: item.rejected, tags: item.tags, note: item.note }] : [];
      });
      this.#tell({ type: "cells", cells: changes });
    } catch (reason) {
      this.#complain(reason);
      await this.load(this.axes); // the store shows marks before they are kept
    }
  }
}
