import { element } from "./element.js";
import type { Store } from "./store.js";

/** What lies over the grid. */
export class SheetView {
  readonly root = element("div", { class: "fl-sheet", hidden: true });
  readonly bar = element("div", { class: "fl-compare-bar", hidden: true });

  constructor(
    private readonly store: Store,
    private readonly closed: () => void,
  ) {}

  dispose(): void {
    this.root.remove();
  }
  draw(): void {
    this.root.hidden = true;
  }
  compareMarked(): boolean {
    return this.store.choices.marked.length > 1 && !this.closed;
  }
}
