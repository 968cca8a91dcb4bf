// A page with views of one widget, and a person at its keyboard.
import { afterEach, beforeEach } from "vitest";
import type { Details, Scene } from "../src/grid/protocol.js";
import grid from "../src/grid/widget.js";
import { drawn, Kernel } from "./kernel.js";

export const HOSTILE = '<img src=x onerror="document.title=1">\u202e&amp;</script>';
export let kernel: Kernel;
let widget: ReturnType<typeof grid>;
let ended: (() => void)[];

beforeEach(() => {
  kernel = new Kernel();
  widget = grid();
  ended = [widget.initialize({ model: kernel })];
});

afterEach(() => {
  for (const end of ended.reverse()) end();
  document.body.replaceChildren();
});

/** The widget manager closes the model. */
export function closeModel(): void {
  ended[0]?.();
}

/** A view in the page, as the widget manager makes one. */
export async function show(given?: Scene): Promise<{ host: HTMLElement; remove: () => void }> {
  const host = document.body.appendChild(document.createElement("div"));
  const end = widget.render({ model: kernel, el: host });
  ended.push(end);
  if (given) kernel.say({ type: "scene", scene: given });
  await drawn();
  const remove = (): void => {
    host.remove();
    end();
  };
  return { host, remove };
}

export const cellOf = (id: number): HTMLElement => {
  const found = document.querySelector<HTMLElement>(`.fl-cell[data-id="${id}"]`);
  if (!found) throw new Error(`Cell ${id} is not drawn.`);
  return found;
};
export const text = (selector: string): string => document.querySelector(selector)?.textContent ?? "";

export async function press(key: string, modifiers: KeyboardEventInit = {}): Promise<boolean> {
  const target = document.activeElement ?? document.body;
  const left = target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifiers }),
  );
  await drawn();
  return !left;
}

export async function click(name: string): Promise<void> {
  const button = [...document.querySelectorAll("button")].find((b) => b.textContent === name && !b.hidden);
  if (!button) throw new Error(`There is no button ${name}.`);
  button.click();
  await drawn();
}

export function answerDetails(change: Partial<Details> = {}): void {
  const details: Details = {
    title: "seed 1",
    parameters: [
      { name: "prompt", text: HOSTILE, differs: true, base: "a cat" },
      { name: "steps", text: "8", differs: false, base: null },
    ],
    effective: [["guidance", "3.5"]],
    environment: [["torch", "2"]],
    code: "Recipe(seed=1)",
    path: null,
    seconds: 1.5,
    notes: [],
    ...change,
  };
  kernel.say({ type: "reply", request: kernel.question("details").request, ok: true, details });
}
