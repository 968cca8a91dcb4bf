import { Client } from "../api/client.js";
import type { Http } from "../api/http.js";
import type { Cell, FromKernel, MarkChange, Model, Question, ToKernel } from "../grid/protocol.js";
import { Fetching } from "./fetching.js";

/** Which generations: those of a run, or these. */
export type Wanted = { run: string } | { uids: readonly string[] };

/** Axes to lay them out by; "" leaves the choice to the server. */
export interface Axes {
  x: string;
  y: string;
}

type Receiver = (content: FromKernel, buffers?: readonly ArrayBuffer[]) => void;

const PICTURES_AT_ONCE = 4;

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** What an image grid elsewhere hears from a kernel, it hears from the server here: the catalog holds all that it shows. */
export class ServerModel implements Model {
  /** Names of the axes that there are to choose from. */
  names: readonly string[] = [];
  axes: Axes = { x: "", y: "" };
  readonly #client: Client;
  readonly #catalog: string;
  readonly #wanted: Wanted;
  readonly #receivers = new Set<Receiver>();
  readonly #cells = new Map<number, Cell>();
  readonly #thumbs = new Fetching<Cell>(PICTURES_AT_ONCE, (cell) => this.#thumb(cell));
  #side = 0;

  constructor(http: Http, catalog: string, wanted: Wanted) {
    this.#client = new Client(http);
    this.#catalog = catalog;
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

  /** Asks for the images anew, laid out by these axes. */
  async load(axes: Axes): Promise<void> {
    try {
      const { scene, axes: names } = await this.#client.grid(this.#catalog, { ...this.#wanted, ...axes });
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

  async #thumb({ id, version }: Cell): Promise<void> {
    if (version === null) return;
    const side = this.#side;
    try {
      const picture = await this.#client.thumbnail(this.#catalog, version, side);
      const bytes = await picture.arrayBuffer();
      this.#tell({ type: "thumbs", ids: [id], versions: [version], mimes: [picture.type], side }, [bytes]);
    } catch (reason) {
      this.#tell({ type: "cells", cells: [{ id, status: "missing", error: messageOf(reason) }] });
    }
  }

  #uid(id: number): string {
    const uid = this.#cells.get(id)?.uid ?? null;
    if (uid === null) throw new Error("There is no image here yet.");
    return uid;
  }

  async #answer(question: Question & { request: number }): Promise<void> {
    const { request } = question;
    try {
      switch (question.type) {
        case "full": {
          const version = this.#cells.get(question.id)?.version ?? null;
          if (version === null) throw new Error("There is no image here.");
          const picture = await this.#client.image(this.#catalog, version);
          this.#tell({ type: "reply", request, ok: true, mime: picture.type }, [await picture.arrayBuffer()]);
          break;
        }
        case "details": {
          const { details } = await this.#client.generation(this.#catalog, this.#uid(question.id));
          this.#tell({ type: "reply", request, ok: true, details });
          break;
        }
        case "compare": {
          const uids = question.ids.map((id) => this.#uid(id));
          this.#tell({ type: "reply", request, ok: true, ...(await this.#client.compare(this.#catalog, uids)) });
        }
      }
    } catch (reason) {
      this.#tell({ type: "reply", request, ok: false, error: messageOf(reason) });
    }
  }

  async #mark(ids: readonly number[], set: MarkChange): Promise<void> {
    try {
      const uids = [...new Set(ids.map((id) => this.#uid(id)))];
      const { items } = await this.#client.mark(this.#catalog, uids, set);
      const marked = new Map(items.map((item) => [item.uid, item]));
      const changes = [...this.#cells.values()].flatMap(({ id, uid }) => {
        const item = uid === null ? undefined : marked.get(uid);
        return item ? [{ id, stars: item.stars, rejected: item.rejected, tags: item.tags, note: item.note }] : [];
      });
      this.#tell({ type: "cells", cells: changes });
    } catch (reason) {
      this.#complain(reason);
      await this.load(this.axes); // marks show before they are kept
    }
  }
}
