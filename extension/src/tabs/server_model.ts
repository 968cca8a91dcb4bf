import { Client, type GridAnswer } from "../api/client.js";
import { type Http, HttpError } from "../api/http.js";
import { Latest } from "../api/latest.js";
import { sentenceOf } from "../api/sentence.js";
import type { Cell, FromKernel, MarkChange, Model, Question, ToKernel } from "../grid/protocol.js";
import { english, type Trans } from "../grid/translate.js";
import { Fetching } from "./fetching.js";
import { Following } from "./following.js";

/** Which generations: those of a run, or these. */
export type Wanted = { run: string } | { uids: readonly string[] };

/** Axes to lay them out by; "" leaves the choice to the server. */
export interface Axes {
  x: string;
  y: string;
}

type Receiver = (content: FromKernel, buffers?: readonly ArrayBuffer[]) => void;

type Marks = Pick<Cell, "stars" | "rejected" | "tags" | "note">;

const PICTURES_AT_ONCE = 4;

function marksOf({ stars, rejected, tags, note }: Marks): Marks {
  return { stars, rejected, tags, note };
}

/** What an image grid elsewhere hears from a kernel, it hears from the server here: the catalog holds all that it shows. */
export class ServerModel implements Model {
  /** Names of the axes that there are to choose from. */
  names: readonly string[] = [];
  axes: Axes = { x: "", y: "" };
  readonly #client: Client;
  readonly #catalog: string;
  readonly #wanted: Wanted;
  readonly #trans: Trans;
  readonly #receivers = new Set<Receiver>();
  readonly #cells = new Map<number, Cell>();
  readonly #thumbs = new Fetching<Cell>(PICTURES_AT_ONCE, (cell) => this.#thumb(cell));
  readonly #asked = new Latest();
  readonly #following: Following;
  #troubled: (reason: string | null) => void = () => undefined;
  #underWay: Promise<unknown> = Promise.resolve();
  #shown = "";
  #side = 0;

  constructor(http: Http, catalog: string, wanted: Wanted, trans: Trans = english) {
    this.#client = new Client(http);
    this.#catalog = catalog;
    this.#wanted = wanted;
    this.#trans = trans;
    this.#following = new Following(
      (signal) => this.#client.events(catalog, signal),
      async () => {
        await this.#underWay; // what a person waits for is not begun anew
        return this.load(this.axes);
      },
    );
  }

  dispose(): void {
    this.unfollow();
    this.#asked.stop();
    this.#receivers.clear();
  }

  /** Asks again whenever the catalog has changed, until `unfollow`. */
  follow(): void {
    this.#following.start();
  }

  unfollow(): void {
    this.#following.stop();
  }

  /** Tells why the images cannot be had, and null where they can be again. */
  onTrouble(told: (reason: string | null) => void): void {
    this.#troubled = told;
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

  /** Asks for the images anew, laid out by these axes; false where they cannot be had. */
  load(axes: Axes): Promise<boolean> {
    return (this.#underWay = this.#load(axes));
  }

  async #load(axes: Axes): Promise<boolean> {
    this.axes = axes;
    try {
      const answer = await this.#asked.run((signal) =>
        this.#client.grid(this.#catalog, { ...this.#wanted, ...axes }, signal),
      );
      if (answer === null) return true; // another answer takes its place
      this.#show(answer);
      this.#troubled(null);
      return true;
    } catch (reason) {
      this.#trouble(this.#sentence(reason));
      return false;
    }
  }

  #trouble(reason: string): void {
    this.#shown = ""; // pictures that could not be had are asked for again
    this.#troubled(reason);
  }

  #show({ scene, axes }: GridAnswer): void {
    this.names = axes;
    // Its own id changes with every image that is made; as long as it is the same grid, what a person has set stays.
    scene.id = JSON.stringify(this.axes);
    const shown = JSON.stringify([scene, axes]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#cells.clear();
    for (const cell of scene.cells) this.#cells.set(cell.id, { ...cell });
    this.#tell({ type: "scene", scene });
  }

  #sentence(reason: unknown): string {
    return sentenceOf(reason, (text, ...values) => this.#trans.__(text, ...values));
  }

  #tell(content: FromKernel, buffers: readonly ArrayBuffer[] = []): void {
    for (const receiver of [...this.#receivers]) receiver(content, buffers);
  }

  async #thumb({ id, version }: Cell): Promise<void> {
    if (version === null) return;
    const side = this.#side;
    try {
      const picture = await this.#client.thumbnail(this.#catalog, version, side);
      const bytes = await picture.arrayBuffer();
      this.#tell({ type: "thumbs", ids: [id], versions: [version], mimes: [picture.type], side }, [bytes]);
    } catch (reason) {
      const text = this.#sentence(reason);
      // What the server tells is about this image; anything else is about all of them.
      if (reason instanceof HttpError && !reason.told) this.#trouble(text);
      else this.#tell({ type: "cells", cells: [{ id, status: "missing", error: text }] });
    }
  }

  #uid(id: number): string {
    const uid = this.#cells.get(id)?.uid ?? null;
    if (uid === null) throw new Error(this.#trans.__("There is no image here yet."));
    return uid;
  }

  async #answer(question: Question & { request: number }): Promise<void> {
    const { request } = question;
    try {
      switch (question.type) {
        case "full": {
          const version = this.#cells.get(question.id)?.version ?? null;
          if (version === null) throw new Error(this.#trans.__("There is no image here."));
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
      this.#tell({ type: "reply", request, ok: false, error: this.#sentence(reason) });
    }
  }

  async #mark(ids: readonly number[], set: MarkChange): Promise<void> {
    let uids: string[] = [];
    try {
      uids = [...new Set(ids.map((id) => this.#uid(id)))];
      const { items } = await this.#client.mark(this.#catalog, uids, set);
      const marked = new Map(items.map((item) => [item.uid, item]));
      for (const cell of this.#cells.values()) {
        const item = cell.uid === null ? undefined : marked.get(cell.uid);
        if (item) Object.assign(cell, marksOf(item));
      }
    } catch (reason) {
      const retry = (): void => {
        this.#tell({ type: "cells", cells: ids.map((id) => ({ id, ...set })) });
        void this.#mark(ids, set);
      };
      this.#tell({ type: "notice", level: "error", text: this.#sentence(reason), trace: null, retry });
    }
    // They showed before they were kept.
    const shown = [...this.#cells.values()].filter(({ id, uid }) => ids.includes(id) || uids.includes(uid ?? ""));
    this.#tell({ type: "cells", cells: shown.map((cell) => ({ id: cell.id, ...marksOf(cell) })) });
  }
}
