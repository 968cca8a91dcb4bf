import { CompareSheet } from "../grid/compare.js";
import { element, setChildren } from "../grid/element.js";
import { Failure } from "../grid/failure.js";
import { Notices } from "../grid/notices.js";
import { zoomByPointer } from "../grid/pointer.js";
import { Store } from "../grid/store.js";
import type { Trans } from "../grid/translate.js";
import { showZoom } from "../grid/zoom.js";
import type { ServerModel } from "./server_model.js";
import type { TabView } from "./tab.js";

/** Two to four images of a catalog side by side, over each other and as a difference, with a table of what differs. */
export class CompareView implements TabView {
  readonly root = element("div", { class: "fluxlab-image-grid fl-compare-tab", tabindex: -1 });
  readonly #store: Store;
  readonly #model: ServerModel;
  readonly #notices: Notices;
  readonly #body = element("div", { class: "fl-sheet-body" });
  readonly #stop = new AbortController();
  #sheet: CompareSheet | null = null;

  constructor(model: ServerModel, trans: Trans) {
    this.#model = model;
    this.#store = new Store(model, trans);
    this.#notices = new Notices(this.#store, () => {
      this.focus();
    });
    const trouble = new Failure(trans, () => void model.load(model.axes));
    model.onTrouble((reason) => {
      trouble.show(reason);
    });
    this.root.append(trouble.root, this.#notices.root, this.#body);
    zoomByPointer(this.#body, this.#store, this.#stop.signal);
    this.#store.subscribe((topic) => {
      if (topic === "scene") this.#open();
      this.#draw();
    });
  }

  focus(): void {
    this.root.focus({ preventScroll: true });
  }

  dispose(): void {
    this.#stop.abort();
    this.#sheet?.dispose();
    this.#notices.dispose();
    this.#store.dispose();
    this.#model.dispose();
    this.root.remove();
  }

  #open(): void {
    const ids = [...this.#store.cells.keys()];
    this.#sheet?.dispose();
    this.#sheet = new CompareSheet(this.#store, ids);
    setChildren(this.#body, [this.#sheet.root]);
    this.#store.choose({ sheet: { show: "compare", ids, mode: "side" } });
  }

  #draw(): void {
    this.#notices.draw();
    this.#sheet?.draw();
    showZoom(this.root, this.#store.choices.zoom);
  }
}
