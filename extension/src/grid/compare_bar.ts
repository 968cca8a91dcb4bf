import { button, element, setText } from "./element.js";
import type { Store } from "./store.js";

/** Which cells are marked, and the way to their comparison. */
export class CompareBar {
  readonly root = element("div", { class: "fl-compare-bar", role: "group", "aria-label": "Comparison", hidden: true });
  readonly #said = element("span", { "aria-live": "polite" });
  readonly #open: HTMLButtonElement;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.#open = button("Compare (v)", () => this.compare());
    const clear = button("Clear", () => {
      store.choose({ marked: [] });
    });
    this.root.append(this.#said, this.#open, clear);
  }

  draw(): void {
    const { marked } = this.#store.choices;
    this.root.hidden = marked.length === 0;
    this.#open.disabled = marked.length < 2;
    setText(this.#said, marked.length < 2 ? "1 cell marked; mark another with c." : `${marked.length} cells marked.`);
  }

  /** True where enough cells are marked. */
  compare(): boolean {
    const { marked } = this.#store.choices;
    if (marked.length < 2) return false;
    this.#store.choose({ sheet: { show: "compare", ids: [...marked], mode: "side" } });
    return true;
  }
}
