import { adapted, type Choices, firstChoices, MOST_COMPARED } from "./choices.js";
import { Gallery } from "./gallery.js";
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
import { english, type Trans } from "./translate.js";

export type Topic = "scene" | "cells" | "progress" | "choices" | "kernel" | "notices";
export type Listener = (topic: Topic) => void;

/** "silent": it was greeted and has not answered yet, which a busy kernel does not either. */
export type KernelState = "silent" | "live" | "gone";

const NOTICES_KEPT = 5;

/** All that the views of one model share: what the kernel told, the pictures, the language, and how a person has set it. */
export class Store {
  scene: Scene | null = null;
  readonly cells = new Map<number, Cell>();
  progress: Progress | null = null;
  notices: readonly Notice[] = [];
  kernel: KernelState = "silent";
  choices: Choices = firstChoices();
  /** The view that has the focus, or had it when it was taken out of the page: then the next one shall have it. */
  focusHolder: HTMLElement | null = null;
  readonly gallery: Gallery;
  readonly trans: Trans;
  readonly #model: Model;
  readonly #requests: Requests;
  readonly #listeners = new Set<Listener>();
  readonly #receive = (content: FromKernel, buffers?: readonly Bytes[]): void => {
    this.#received(content, buffers ?? []);
  };

  constructor(model: Model, trans: Trans = english) {
    this.#model = model;
    this.trans = trans;
    const send = (content: ToKernel): void => {
      if (this.kernel !== "gone") model.send(content);
    };
    this.#requests = new Requests(send);
    this.gallery = new Gallery((id) => this.cells.get(id)?.version ?? null, send, this.#requests, trans);
    model.on("msg:custom", this.#receive);
    this.#model.send({ type: "hello" });
  }

  dispose(): void {
    this.#model.off("msg:custom", this.#receive);
    this.#listeners.clear();
    this.#requests.close(this.trans.__("This grid was closed."));
    this.gallery.clear();
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

  /** The URL of the stored image of a cell, asked for where it is not there yet. */
  async wantFull(id: number): Promise<string> {
    const url = await this.gallery.wantFull(id);
    this.#tell("cells");
    return url;
  }

  async details(id: number): Promise<Details> {
    const { reply } = await this.#requests.ask({ type: "details", id });
    if (!reply.details) throw new Error(this.trans.__("The kernel sent no details of this cell."));
    return reply.details;
  }

  async compare(ids: number[]): Promise<Comparison> {
    const { reply } = await this.#requests.ask({ type: "compare", ids });
    const { rows = [], factors = [], warning = null } = reply;
    return { rows, factors, warning };
  }

  /** Stars, tags and notes show at once; the kernel writes them to the catalog. */
  mark(ids: number[], set: MarkChange): void {
    if (this.#refused()) return;
    this.#model.send({ type: "mark", ids, set });
    this.#merge(ids.map((id) => ({ id, ...set })));
  }

  act(action: Action, id?: number): void {
    if (this.#refused()) return;
    this.#model.send(id === undefined ? { type: "act", action } : { type: "act", action, id });
  }

  notify(notice: Notice): void {
    const others = this.notices.filter(({ text }) => text !== notice.text);
    this.notices = [...others, notice].slice(-NOTICES_KEPT);
    this.#tell("notices");
  }

  dismiss(notice: Notice): void {
    this.notices = this.notices.filter((other) => other !== notice);
    this.#tell("notices");
  }

  /** The kernel of this model is gone; only a message from it proves otherwise. */
  loseKernel(): void {
    if (this.kernel === "gone") return;
    this.kernel = "gone";
    this.#requests.close(this.#gone);
    this.#tell("kernel");
  }

  get #gone(): string {
    return this.trans.__("The kernel has stopped: run the cell again.");
  }

  /** True, and said, where nobody is there to do it. */
  #refused(): boolean {
    if (this.kernel !== "gone") return false;
    this.notify({ level: "error", text: this.#gone, trace: null });
    return true;
  }

  #tell(topic: Topic): void {
    for (const listener of [...this.#listeners]) listener(topic);
  }

  #received(message: FromKernel, buffers: readonly Bytes[]): void {
    if (this.kernel !== "live") {
      this.kernel = "live";
      this.#requests.open();
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
        this.gallery.addThumbs(message, buffers);
        this.#tell("cells");
        break;
      case "preview":
        if (buffers[0]) this.gallery.addPreview(message.id, buffers[0], message.mime ?? "");
        this.#merge([{ id: message.id, step: message.step }]);
        break;
      case "reply":
        this.#requests.answer(message, buffers);
        break;
      case "notice":
        this.notify(message);
        break;
    }
  }

  #showScene(scene: Scene): void {
    this.choices = adapted(this.choices, this.scene, scene);
    if (this.scene?.id !== scene.id) this.gallery.clear();
    this.gallery.askAgain();
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
      if (cell.status !== "running") this.gallery.dropPreview(cell.id);
    }
    this.#tell("cells");
  }
}
