import { adapted, type Choices, firstChoices, MOST_COMPARED } from "./choices.js";
import { Pictures, THUMB_SIDES } from "./pictures.js";
import type {
  Action,
  Bytes,
  Cell,
  CellChange,
  Comparison,
  Details,
  FromKernel,
  MarkChange,
  Model,
  Notice,
  Progress,
  Scene,
  ToKernel,
} from "./protocol.js";
import { Requests } from "./requests.js";

export type Topic = "scene" | "cells" | "progress" | "choices" | "kernel" | "notices";
export type Listener = (topic: Topic) => void;

/** "silent": it was greeted and has not answered yet, which a busy kernel does not either. */
export type KernelState = "silent" | "live" | "gone";

export const THUMBS_KEPT = 400;
export const FULLS_KEPT = 64;
const NOTICES_KEPT = 5;
const GONE = "The kernel has stopped: run the cell again.";

/** All that the views of one model share: what the kernel told, the pictures, and how a person has set the view. */
export class Store {
  scene: Scene | null = null;
  readonly cells = new Map<number, Cell>();
  progress: Progress | null = null;
  notices: readonly Notice[] = [];
  kernel: KernelState = "silent";
  choices: Choices = firstChoices();
  /** A view that had the focus was removed, and the next one shall have it. */
  focusWanted = false;
  readonly thumbs = new Pictures(THUMBS_KEPT);
  readonly fulls = new Pictures(FULLS_KEPT);
  readonly previews = new Pictures(THUMBS_KEPT);
  readonly #fullsAsked = new Map<string, Promise<string>>();
  #thumbsAsked = new Set<string>();
  #side = 0;
  readonly #model: Model;
  readonly #requests: Requests;
  readonly #listeners = new Set<Listener>();
  readonly #receive = (content: FromKernel, buffers?: readonly Bytes[]): void => {
    this.#received(content, buffers ?? []);
  };

  constructor(model: Model) {
    this.#model = model;
    this.#requests = new Requests((content) => {
      this.#send(content);
    });
    model.on("msg:custom", this.#receive);
    this.#send({ type: "hello" });
  }

  dispose(): void {
    this.#model.off("msg:custom", this.#receive);
    this.#listeners.clear();
    this.#requests.abandon("This grid was closed.");
    for (const pictures of [this.thumbs, this.fulls, this.previews]) pictures.clear();
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  choose(change: Partial<Choices>): void {
    this.choices = { ...this.choices, ...change };
    this.#tell("choices");
  }

  /** Marks a cell for a comparison or takes the mark away; false where as many as can be compared are marked. */
  toggleMarked(id: number): boolean {
    const { marked } = this.choices;
    if (marked.includes(id)) this.choose({ marked: marked.filter((other) => other !== id) });
    else if (marked.length < MOST_COMPARED) this.choose({ marked: [...marked, id] });
    else return false;
    return true;
  }

  /** The key under which the pictures of a cell are kept, or null where it has none. */
  pictureKey(id: number): string | null {
    const version = this.cells.get(id)?.version ?? null;
    return version === null ? null : `${id}@${version}`;
  }

  thumb(id: number): string | null {
    const key = this.pictureKey(id);
    return key === null ? null : (this.thumbs.get(`${key}@${this.#side}`) ?? this.#coarser(key));
  }

  full(id: number): string | null {
    const key = this.pictureKey(id);
    return key === null ? null : this.fulls.get(key);
  }

  /** Asks for the thumbnails of these cells that are missing. Every message is the whole list, so the newest is enough. */
  wantThumbs(ids: readonly number[], side: number): void {
    this.#side = side;
    this.thumbs.makeRoom(ids.length);
    const missing = new Map<string, number>();
    for (const id of ids) {
      const key = this.pictureKey(id);
      if (key !== null && !this.thumbs.has(`${key}@${side}`)) missing.set(`${key}@${side}`, id);
    }
    if (this.kernel === "gone" || [...missing.keys()].every((key) => this.#thumbsAsked.has(key))) return;
    this.#thumbsAsked = new Set(missing.keys());
    this.#send({ type: "thumbs", ids: [...missing.values()], side });
  }

  /** The URL of the stored image of a cell. */
  async wantFull(id: number): Promise<string> {
    const key = this.pictureKey(id);
    if (key === null) throw new Error("This cell has no image.");
    const kept = this.fulls.get(key);
    if (kept !== null) return kept;
    const asked = this.#fullsAsked.get(key) ?? this.#askFull(id, key);
    this.#fullsAsked.set(key, asked);
    return asked;
  }

  async details(id: number): Promise<Details> {
    const { reply } = await this.#ask({ type: "details", id });
    if (!reply.details) throw new Error("The kernel sent no details of this cell.");
    return reply.details;
  }

  async compare(ids: number[]): Promise<Comparison> {
    const { reply } = await this.#ask({ type: "compare", ids });
    const { rows = [], factors = [], warning = null } = reply as Partial<Comparison>;
    return { rows, factors, warning };
  }

  /** Stars, tags and notes show at once; the kernel writes them to the catalog. */
  mark(ids: number[], set: MarkChange): void {
    if (this.#refused()) return;
    this.#send({ type: "mark", ids, set });
    this.#merge(ids.map((id) => ({ id, ...set })));
  }

  act(action: Action, id?: number): void {
    if (this.#refused()) return;
    this.#send(id === undefined ? { type: "act", action } : { type: "act", action, id });
  }

  notify(notice: Notice): void {
    this.notices = [...this.notices, notice].slice(-NOTICES_KEPT);
    this.#tell("notices");
  }

  dismiss(notice: Notice): void {
    this.notices = this.notices.filter((other) => other !== notice);
    this.#tell("notices");
  }

  setKernelGone(gone: boolean): void {
    if (gone === (this.kernel === "gone")) return;
    this.kernel = gone ? "gone" : "silent";
    if (gone) this.#requests.abandon(GONE);
    else this.#send({ type: "hello" });
    this.#tell("kernel");
  }

  /** True, and said, where nobody is there to do it. */
  #refused(): boolean {
    if (this.kernel !== "gone") return false;
    this.notify({ level: "error", text: GONE, trace: null });
    return true;
  }

  #coarser(key: string): string | null {
    for (const side of THUMB_SIDES) {
      const url = this.thumbs.get(`${key}@${side}`);
      if (url !== null) return url;
    }
    return null;
  }

  async #askFull(id: number, key: string): Promise<string> {
    try {
      const { reply, buffers } = await this.#ask({ type: "full", id });
      if (!buffers[0]) throw new Error("The kernel sent no image.");
      const url = this.fulls.set(key, buffers[0], reply.mime ?? "");
      this.#tell("cells");
      return url;
    } finally {
      this.#fullsAsked.delete(key);
    }
  }

  #ask(question: Parameters<Requests["ask"]>[0]): ReturnType<Requests["ask"]> {
    return this.kernel === "gone" ? Promise.reject(new Error(GONE)) : this.#requests.ask(question);
  }

  #send(content: ToKernel): void {
    this.#model.send(content);
  }

  #tell(topic: Topic): void {
    for (const listener of [...this.#listeners]) listener(topic);
  }

  #received(message: FromKernel, buffers: readonly Bytes[]): void {
    if (this.kernel !== "live") {
      this.kernel = "live";
      this.#tell("kernel");
    }
    switch (message.type) {
      case "scene":
        this.#showScene(message.scene);
        break;
      case "cells":
        this.#merge(message.cells);
        break;
      case "progress":
        this.progress = message.progress;
        this.#tell("progress");
        break;
      case "thumbs":
        for (const [index, id] of message.ids.entries()) {
          const bytes = buffers[index];
          const key = `${id}@${message.versions[index] ?? ""}@${message.side ?? this.#side}`;
          if (bytes) this.thumbs.set(key, bytes, message.mimes[index] ?? "");
        }
        this.#tell("cells");
        break;
      case "preview":
        if (buffers[0]) this.previews.set(String(message.id), buffers[0], message.mime ?? "");
        this.#merge([{ id: message.id, step: message.step }]);
        break;
      case "reply":
        this.#requests.answer(message, buffers);
        break;
      case "notice":
        this.notify({ level: message.level, text: message.text, trace: message.trace });
        break;
    }
  }

  #showScene(scene: Scene): void {
    this.choices = adapted(this.choices, this.scene, scene);
    if (this.scene?.id !== scene.id) {
      for (const pictures of [this.thumbs, this.fulls]) pictures.clear();
    }
    this.previews.clear();
    this.#thumbsAsked.clear();
    this.cells.clear();
    for (const cell of scene.cells) this.cells.set(cell.id, cell);
    this.scene = scene;
    this.progress = scene.progress;
    this.#tell("scene");
  }

  #merge(changes: CellChange[]): void {
    for (const change of changes) {
      const cell = this.cells.get(change.id);
      if (!cell) continue;
      Object.assign(cell, change);
      if (cell.status !== "running") this.previews.delete(String(cell.id));
    }
    this.#tell("cells");
  }
}
