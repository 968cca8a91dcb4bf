import { turned } from "./arrange.js";
import { LARGEST_SIZE, SMALLEST_SIZE } from "./choices.js";
import { button, clamped, element } from "./element.js";
import type { Direction, Scene } from "./protocol.js";
import type { Store } from "./store.js";
import { WHOLE, zoomedAt } from "./zoom.js";

const MOST_TABS = 6;
const LONGEST_OPTION = 60;

/** Which directions are rows and columns, the values of the others, the size of the pictures. */
export class Toolbar {
  readonly root: HTMLElement;
  readonly #store: Store;
  #built = "";
  #refresh: (() => void)[] = [];

  constructor(store: Store) {
    this.#store = store;
    this.root = element("div", { class: "fl-toolbar", role: "toolbar", "aria-label": store.trans.__("View") });
  }

  /** Builds the controls anew only where there are others, so that the one in use keeps the focus. */
  draw(): void {
    const { scene, choices } = this.#store;
    if (!scene) return;
    const { rows, columns } = choices.layout;
    const built = JSON.stringify([scene.directions, rows, columns]);
    if (built !== this.#built) {
      const label = document.activeElement?.getAttribute("aria-label");
      const focused = this.root.contains(document.activeElement);
      this.#built = built;
      this.#build(scene);
      if (focused)
        [...this.root.querySelectorAll<HTMLElement>("[aria-label]")].find((e) => e.ariaLabel === label)?.focus();
    }
    for (const refresh of this.#refresh) refresh();
  }

  #build(scene: Scene): void {
    this.#refresh = [];
    const { rows, columns } = this.#store.choices.layout;
    const { trans } = this.#store;
    const parts: HTMLElement[] = [];
    if (scene.directions.length > 0)
      parts.push(this.#side("rows", trans.__("Rows"), scene), this.#side("columns", trans.__("Columns"), scene));
    if (rows !== null || columns !== null) {
      for (const [index, direction] of scene.directions.entries()) {
        if (index === rows || index === columns) continue;
        parts.push(
          direction.labels.length <= MOST_TABS ? this.#tabs(index, direction) : this.#slider(index, direction),
        );
      }
    }
    this.root.replaceChildren(...parts, this.#size(), this.#zoom());
  }

  #side(side: "rows" | "columns", name: string, scene: Scene): HTMLElement {
    const select = element("select", { "aria-label": name });
    select.append(element("option", { value: "" }, "–"));
    for (const [index, direction] of scene.directions.entries()) {
      select.append(element("option", { value: index }, clamped(direction.name, LONGEST_OPTION)));
    }
    select.addEventListener("change", () => {
      const direction = select.value === "" ? null : Number(select.value);
      this.#store.choose({ layout: turned(this.#store.choices.layout, side, direction) });
    });
    this.#refresh.push(() => {
      select.value = String(this.#store.choices.layout[side] ?? "");
    });
    return element("label", {}, `${name} `, select);
  }

  #select(direction: number, value: number): void {
    const { layout } = this.#store.choices;
    const selected = [...layout.selected];
    selected[direction] = value;
    this.#store.choose({ layout: { ...layout, selected } });
  }

  #tabs(index: number, direction: Direction): HTMLElement {
    const buttons = direction.labels.map((label, value) =>
      button(
        clamped(label.text, LONGEST_OPTION),
        () => {
          this.#select(index, value);
        },
        { class: "fl-tab", dir: "auto", "aria-label": `${direction.name}: ${clamped(label.text, LONGEST_OPTION)}` },
      ),
    );
    this.#refresh.push(() => {
      const chosen = this.#store.choices.layout.selected[index] ?? 0;
      for (const [value, tab] of buttons.entries()) tab.setAttribute("aria-pressed", String(value === chosen));
    });
    const name = element("span", { class: "fl-name", dir: "auto" }, clamped(direction.name, LONGEST_OPTION));
    return element("div", { class: "fl-tabs", role: "group", "aria-label": direction.name }, name, ...buttons);
  }

  #slider(index: number, direction: Direction): HTMLElement {
    const last = direction.labels.length - 1;
    const input = element("input", { type: "range", min: 0, max: last, step: 1, "aria-label": direction.name });
    const output = element("output", { dir: "auto" });
    input.addEventListener("input", () => {
      this.#select(index, Number(input.value));
    });
    this.#refresh.push(() => {
      const chosen = this.#store.choices.layout.selected[index] ?? 0;
      const text = clamped(direction.labels[chosen]?.text ?? "", LONGEST_OPTION);
      input.value = String(chosen);
      input.setAttribute("aria-valuetext", text);
      output.textContent = this.#store.trans.__("%1 (%2 of %3)", text, chosen + 1, last + 1);
    });
    const name = element("span", { class: "fl-name", dir: "auto" }, clamped(direction.name, LONGEST_OPTION));
    return element("label", { class: "fl-slider" }, name, input, output);
  }

  #size(): HTMLElement {
    const input = element("input", {
      type: "range",
      min: SMALLEST_SIZE,
      max: LARGEST_SIZE,
      step: 8,
      "aria-label": this.#store.trans.__("Size"),
    });
    input.addEventListener("input", () => {
      this.#store.choose({ size: Number(input.value) });
    });
    this.#refresh.push(() => {
      input.value = String(this.#store.choices.size);
    });
    return element("label", { class: "fl-slider fl-end" }, `${this.#store.trans.__("Size")} `, input);
  }

  #zoom(): HTMLElement {
    const store = this.#store;
    const { trans } = store;
    const by = (factor: number) => (): void => {
      store.choose({ zoom: zoomedAt(store.choices.zoom, factor) });
    };
    const whole = (): void => {
      store.choose({ zoom: WHOLE });
    };
    const help = (): void => {
      store.choose({ sheet: { show: "help" } });
    };
    const shown = button("100 %", whole, {
      "aria-label": trans.__("Whole images"),
      title: trans.__("Whole images (0)"),
    });
    this.#refresh.push(() => {
      shown.textContent = `${Math.round(store.choices.zoom.scale * 100)} %`;
    });
    return element(
      "div",
      { class: "fl-zoom", role: "group", "aria-label": trans.__("Zoom") },
      button("−", by(1 / 1.25), { "aria-label": trans.__("Zoom out"), title: trans.__("Zoom out (−)") }),
      shown,
      button("+", by(1.25), { "aria-label": trans.__("Zoom in"), title: trans.__("Zoom in (+)") }),
      button("?", help, { "aria-label": trans.__("Keys"), title: trans.__("Keys (?)") }),
    );
  }
}
