// The other side of the protocol: keeps what the browser sent, and says what a test lets it say.
import type { Bytes, Cell, Direction, FromKernel, Model, Question, Scene, ToKernel } from "../src/grid/protocol.js";

type Callback = (...values: never[]) => void;

export class Kernel implements Model {
  readonly sent: ToKernel[] = [];
  readonly #callbacks = new Map<string, Set<Callback>>();

  /** Of a form, where it is one. */
  constructor(readonly form = false) {}

  get(name: "hides"): string;
  get(name: "form"): boolean;
  get(name: "hides" | "form"): string | boolean {
    return name === "form" ? this.form : ".left-in-the-notebook { display: none; }";
  }

  send(content: ToKernel): void {
    this.sent.push(content);
  }

  on(name: string, callback: Callback): void {
    const callbacks = this.#callbacks.get(name) ?? new Set();
    this.#callbacks.set(name, callbacks.add(callback));
  }

  off(name: string, callback: Callback): void {
    this.#callbacks.get(name)?.delete(callback);
  }

  get listeners(): number {
    return [...this.#callbacks.values()].reduce((sum, callbacks) => sum + callbacks.size, 0);
  }

  emit(name: string, ...values: unknown[]): void {
    for (const callback of [...(this.#callbacks.get(name) ?? [])]) callback(...(values as never[]));
  }

  say(message: FromKernel, ...buffers: Bytes[]): void {
    this.emit("msg:custom", message, buffers);
  }

  sentOf<Type extends ToKernel["type"]>(type: Type): (ToKernel & { type: Type })[] {
    return this.sent.filter((message): message is ToKernel & { type: Type } => message.type === type);
  }

  /** The last question of a kind, as the kernel got it. */
  question<Type extends Question["type"]>(type: Type): ToKernel & { type: Type } {
    const asked = this.sentOf(type).at(-1);
    if (!asked) throw new Error(`Nothing of type ${type} was asked.`);
    return asked;
  }
}

export const BYTES = new Uint8Array([1, 2, 3]);

export function cell(id: number, change: Partial<Cell> = {}): Cell {
  return {
    id,
    place: [id],
    status: "ok",
    cached: false,
    lossy: false,
    label: `seed=${id}`,
    alt: `a fox, seed ${id}`,
    notes: [],
    uid: `u${id}`,
    version: `v${id}`,
    width: 96,
    height: 96,
    error: null,
    step: 0,
    steps: 8,
    stars: null,
    rejected: false,
    tags: [],
    note: null,
    ...change,
  };
}

export function direction(name: string, count: number): Direction {
  const labels = Array.from({ length: count }, (_, index) => ({ text: `${name} ${index}`, full: `${name} ${index}` }));
  return { name, labels, numeric: false };
}

/** A scene with a cell at every place of these directions; the first ones are columns and rows. */
export function scene(counts: Record<string, number>, change: Partial<Scene> = {}): Scene {
  const directions = Object.entries(counts).map(([name, count]) => direction(name, count));
  let places: number[][] = [[]];
  for (const { labels } of [...directions].reverse()) {
    places = labels.flatMap((_, index) => places.map((place) => [index, ...place]));
  }
  return {
    id: "scene",
    trail: [],
    title: "Foxes",
    summary: "",
    directions,
    columns: directions.length > 0 ? 0 : null,
    rows: directions.length > 1 ? 1 : null,
    cells: places.map((place, id) => cell(id, { place })),
    warnings: [],
    fixed: [],
    progress: null,
    actions: ["cancel", "pause", "resume", "rerun", "seeds", "base", "back"],
    code: "",
    ...change,
  };
}

/** Lets frames and promises pass until everything is drawn. */
export async function drawn(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) {
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
  }
}
