import type { Sheet } from "./choices.js";
import { CompareSheet } from "./compare.js";
import { button, element, setAttribute, setText } from "./element.js";
import { HelpSheet } from "./help.js";
import { Lightbox } from "./lightbox.js";
import { zoomByPointer } from "./pointer.js";
import type { Store } from "./store.js";

interface Content {
  readonly title: string;
  readonly root: HTMLElement;
  draw?(): void;
  dispose?(): void;
}

function contentOf(store: Store, sheet: Sheet): Content {
  switch (sheet.show) {
    case "cell":
      return new Lightbox(store, sheet.id);
    case "compare":
      return new CompareSheet(store, sheet.ids);
    case "help":
      return new HelpSheet(store.trans);
  }
}

function identity(sheet: Sheet | null): string {
  return JSON.stringify(sheet?.show === "compare" ? sheet.ids : sheet);
}

/** What lies over the grid: one cell, a comparison, or the list of keys. */
export class SheetView {
  readonly root = element("div", { class: "fl-sheet", role: "dialog", tabindex: -1, hidden: true });
  readonly #title = element("strong", { dir: "auto" });
  readonly #body = element("div", { class: "fl-sheet-body" });
  readonly #stop = new AbortController();
  readonly #store: Store;
  readonly #under: HTMLElement;
  readonly #focusUnder: () => void;
  #content: Content | null = null;
  #shown = identity(null);

  /** `focusUnder` gives the focus back to what lies under the sheet. */
  constructor(store: Store, under: HTMLElement, focusUnder: () => void) {
    this.#store = store;
    this.#under = under;
    this.#focusUnder = focusUnder;
    const close = button(store.trans.__("✕ Close"), () => {
      store.choose({ sheet: null });
    });
    this.root.append(element("div", { class: "fl-sheet-head" }, this.#title, close), this.#body);
    zoomByPointer(this.#body, store, this.#stop.signal);
  }

  dispose(): void {
    this.#stop.abort();
    this.#content?.dispose?.();
  }

  draw(): void {
    const { sheet } = this.#store.choices;
    const now = identity(sheet);
    if (now !== this.#shown) {
      this.#shown = now;
      this.#show(sheet);
    }
    this.#content?.draw?.();
  }

  #show(sheet: Sheet | null): void {
    const view = this.root.closest(".fluxlab-image-grid");
    const focused = view?.contains(document.activeElement) ?? false;
    // First, so that a field in use is left, and saves what was written into it.
    if (focused) this.root.focus({ preventScroll: true });
    this.#content?.dispose?.();
    this.#content = sheet && contentOf(this.#store, sheet);
    this.#body.replaceChildren(...(this.#content ? [this.#content.root] : []));
    setText(this.#title, this.#content?.title ?? "");
    setAttribute(this.root, "aria-label", this.#content?.title);
    this.root.hidden = sheet === null;
    if (focused && sheet) {
      this.root.focus({ preventScroll: true });
      this.root.scrollIntoView({ block: "nearest" });
    }
    this.#under.inert = sheet !== null;
    if (focused && !sheet) this.#focusUnder();
  }
}
