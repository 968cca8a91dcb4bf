import { element } from "../grid/element.js";
import { Failure } from "../grid/failure.js";
import { Store } from "../grid/store.js";
import type { Trans } from "../grid/translate.js";
import { View } from "../grid/view.js";
import type { Axes, ServerModel } from "./server_model.js";
import type { TabView } from "./tab.js";

/** The cells of a run, or any images, as a grid with axes to choose, which fills as images are made. */
export class SweepView implements TabView {
  readonly root = element("div", { class: "fl-sweep-tab", tabindex: -1 });
  readonly #store: Store;
  readonly #view: View;
  readonly #model: ServerModel;
  readonly #trans: Trans;
  readonly #axes: HTMLElement;
  readonly #selects: Record<keyof Axes, HTMLSelectElement>;
  #offered = "";

  constructor(model: ServerModel, trans: Trans, titled: (title: string) => void) {
    this.#model = model;
    this.#trans = trans;
    this.#store = new Store(model, trans);
    this.#view = new View(this.#store);
    this.#axes = element("div", { class: "fl-axes", role: "group", "aria-label": trans.__("Axes"), hidden: true });
    this.#selects = { x: this.#select("x", trans.__("Columns by")), y: this.#select("y", trans.__("Rows by")) };
    const trouble = new Failure(trans, () => void model.load(model.axes));
    model.onTrouble((reason) => {
      trouble.show(reason);
    });
    this.#view.root.prepend(trouble.root);
    this.root.append(this.#axes, this.#view.root);
    this.#store.subscribe((topic) => {
      if (topic !== "scene") return;
      this.#offer();
      titled(this.#store.scene?.title ?? "");
    });
  }

  show(): void {
    this.#model.follow();
  }

  hide(): void {
    this.#model.unfollow();
  }

  focus(): void {
    const cell = this.root.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]');
    (cell ?? this.root).focus({ preventScroll: true });
  }

  dispose(): void {
    this.#view.dispose();
    this.#store.dispose();
    this.#model.dispose();
    this.root.remove();
  }

  #select(side: keyof Axes, name: string): HTMLSelectElement {
    const select = element("select", { "aria-label": name });
    select.addEventListener("change", () => {
      void this.#model.load({ ...this.#model.axes, [side]: select.value });
    });
    this.#axes.append(element("label", {}, `${name} `, select));
    return select;
  }

  /** The axes that the grid's own toolbar does not offer, because the server has not laid the images out by them. */
  #offer(): void {
    const { names, axes } = this.#model;
    const own = new Set(this.#store.scene?.directions.map((direction) => direction.name));
    this.#axes.hidden = names.every((name) => own.has(name)) && axes.x === "" && axes.y === "";
    const offered = JSON.stringify([names, axes]);
    // A list that is open would close.
    if (offered === this.#offered) return;
    this.#offered = offered;
    for (const [side, select] of Object.entries(this.#selects) as [keyof Axes, HTMLSelectElement][]) {
      const options = names.map((name) => element("option", { value: name, dir: "auto" }, name));
      select.replaceChildren(element("option", { value: "" }, this.#trans.__("automatic")), ...options);
      select.value = axes[side];
    }
  }
}
