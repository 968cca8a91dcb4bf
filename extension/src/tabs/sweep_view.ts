import { element } from "../grid/element.js";
import { Store } from "../grid/store.js";
import type { Translate } from "../grid/translate.js";
import { View } from "../grid/view.js";
import type { Axes, ServerModel } from "./server_model.js";
import type { TabView } from "./tab.js";

/** The cells of a run, or any images, as a grid with axes to choose. */
export class SweepView implements TabView {
  readonly root = element("div", { class: "fl-sweep-tab" });
  readonly #store: Store;
  readonly #view: View;
  readonly #model: ServerModel;
  readonly #axes = element("div", { class: "fl-axes", role: "group" });
  readonly #selects: Record<keyof Axes, HTMLSelectElement>;

  constructor(model: ServerModel, translate: Translate, titled: (title: string) => void) {
    this.#model = model;
    this.#store = new Store(model);
    this.#view = new View(this.#store);
    this.#selects = { x: this.#select("x", translate("Columns by")), y: this.#select("y", translate("Rows by")) };
    this.#axes.setAttribute("aria-label", translate("Axes"));
    this.root.append(this.#axes, this.#view.root);
    this.#store.subscribe((topic) => {
      if (topic !== "scene") return;
      this.#offer(translate);
      titled(this.#store.scene?.title ?? "");
    });
    this.#axes.hidden = true;
  }

  focus(): void {
    this.root.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
  }

  dispose(): void {
    this.#view.dispose();
    this.#store.dispose();
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
  #offer(translate: Translate): void {
    const { names, axes } = this.#model;
    const own = new Set(this.#store.scene?.directions.map((direction) => direction.name));
    this.#axes.hidden = names.every((name) => own.has(name)) && axes.x === "" && axes.y === "";
    for (const [side, select] of Object.entries(this.#selects) as [keyof Axes, HTMLSelectElement][]) {
      const options = names.map((name) => element("option", { value: name, dir: "auto" }, name));
      select.replaceChildren(element("option", { value: "" }, translate("automatic")), ...options);
      select.value = axes[side];
    }
  }
}
