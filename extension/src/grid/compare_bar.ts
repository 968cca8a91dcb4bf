import { button, element, setText } from "./element.js";
import type { Store } from "./store.js";

/** Which cells are marked, and the way to their comparison. */
export class CompareBar {
  readonly root: HTMLElement;
  readonly #said = element("span", { "aria-live": "polite" });
  readonly #open: HTMLButtonElement;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    const { trans } = store;
    this.#open = button(trans.__("Compare (v)"), () => this.compare());
    const clear = button(trans.__("Clear"), () => {
      store.choose({ marked: [] });
    });
    this.root = element(
      "div",
      { class: "fl-compare-bar", role: "group", "aria-label": trans.__("Comparison"), hidden: true },
      this.#said,
      this.#open,
      clear,
    );
  }

  draw(): void {
    const { choices, trans } = this.#store;
    const { marked } = choices;
    this.root.hidden = marked.length === 0;
    this.#open.disabled = marked.length < 2;
    const said =
      marked.length < 2
        ? trans.__("1 cell marked; mark another with c.")
        : trans._n("%1 cell marked.", "%1 cells marked.", marked.length);
    setText(this.#said, said);
  }

  /** True where enough cells are marked. */
  compare(): boolean {
    const { marked } = this.#store.choices;
    if (marked.length < 2) return false;
    this.#store.choose({ sheet: { show: "compare", ids: [...marked], mode: "side" } });
    return true;
  }
}
