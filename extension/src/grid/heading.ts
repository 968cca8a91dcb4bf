import { codeBlock } from "./codeblock.js";
import { button, clamped, element } from "./element.js";
import type { Scene } from "./protocol.js";
import type { Store } from "./store.js";

const LONGEST_FIXED = 120;
const LONGEST_TITLE = 1000;

function fixedList(scene: Scene): HTMLElement | null {
  if (scene.fixed.length === 0) return null;
  return element(
    "dl",
    { class: "fl-fixed" },
    ...scene.fixed.map(([name, text]) =>
      element(
        "div",
        { title: clamped(text, LONGEST_TITLE) },
        element("dt", { dir: "auto" }, name),
        element("dd", { dir: "auto" }, clamped(text, LONGEST_FIXED)),
      ),
    ),
  );
}

/** Title, the way back, what is the same in all cells, and the Python that makes this grid. */
export class Heading {
  readonly root = element("div", { class: "fl-heading" });
  readonly #store: Store;
  #built = "";

  constructor(store: Store) {
    this.#store = store;
  }

  draw(): void {
    const { scene, trans } = this.#store;
    if (!scene) return;
    const { trail, title, summary, fixed, code, actions } = scene;
    const built = JSON.stringify([trail, title, summary, fixed, code, actions.includes("back")]);
    if (built === this.#built) return;
    this.#built = built;
    const back =
      actions.includes("back") && trail.length > 0
        ? button(`← ${clamped(trail.at(-1) ?? "", LONGEST_FIXED)}`, () => {
            this.#store.act("back");
          })
        : null;
    const python =
      code === ""
        ? null
        : element(
            "details",
            { class: "fl-python" },
            element("summary", {}, trans.__("Python")),
            codeBlock(code, trans),
          );
    this.root.replaceChildren(
      ...[
        back,
        element("strong", { class: "fl-title", dir: "auto" }, clamped(title, LONGEST_TITLE)),
        element("span", { class: "fl-summary", dir: "auto" }, clamped(summary, LONGEST_TITLE)),
        fixedList(scene),
        python,
      ].filter((part) => part !== null),
    );
  }
}
