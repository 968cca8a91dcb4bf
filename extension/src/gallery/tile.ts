import type { Item } from "../api/types.js";
import { clamped, element, setAttribute, setText } from "../grid/element.js";
import type { Translate } from "../grid/translate.js";
import { madeWith, marksText, signsOf, spoken } from "./signs.js";

export interface TileLook {
  item: Item;
  picture: string | null;
  broken: boolean;
  chosen: boolean;
  tabStop: boolean;
  column: number;
}

const LONGEST_SPOKEN = 600;
const LONGEST_TITLE = 300;
const LONGEST_ERROR = 160;

/** The element of one image in the list. It changes only what differs from before. */
export class Tile {
  readonly root = element("div", { role: "gridcell", class: "fg-tile", draggable: "true" });
  readonly #image = element("img", { alt: "", draggable: "false", decoding: "async" });
  readonly #signs = element("div", { class: "fg-signs" });
  readonly #message = element("div", { class: "fg-message", dir: "auto" });
  readonly #marks = element("div", { class: "fg-marks" });
  readonly #say: Translate;
  #drawn: Item | null = null;
  #broken = false;

  constructor(say: Translate) {
    this.#say = say;
    const chosen = element("div", { class: "fg-chosen", "aria-hidden": "true" }, "✓");
    this.root.append(this.#image, this.#message, this.#signs, this.#marks, chosen);
    // A picture that was dropped while it was being loaded: the next drawing brings it again.
    this.#image.addEventListener("error", () => {
      this.#image.removeAttribute("src");
    });
  }

  update({ item, picture, broken, chosen, tabStop, column }: TileLook): void {
    setAttribute(this.root, "tabindex", tabStop ? 0 : -1);
    setAttribute(this.root, "aria-selected", chosen ? "true" : "false");
    setAttribute(this.root, "aria-colindex", column + 1);
    this.root.style.setProperty("--fg-column", String(column));
    setAttribute(this.#image, "src", picture ?? undefined);
    this.#image.hidden = picture === null;
    if (item !== this.#drawn || broken !== this.#broken) this.#describe(item, broken);
  }

  #describe(item: Item, broken: boolean): void {
    this.#drawn = item;
    this.#broken = broken;
    this.root.dataset.uid = item.uid;
    this.root.dataset.status = item.status;
    setAttribute(this.root, "data-rejected", item.rejected);
    setAttribute(this.root, "data-empty", item.image === null || broken);
    setAttribute(this.root, "aria-label", clamped(spoken(item, broken, this.#say), LONGEST_SPOKEN));
    const lines = [item.prompt ?? "", madeWith(item, this.#say).join(" · ")].filter((line) => line !== "");
    setAttribute(this.root, "title", lines.map((line) => clamped(line, LONGEST_TITLE)).join("\n"));
    setText(this.#message, clamped(item.error ?? "", LONGEST_ERROR));
    setText(this.#marks, marksText(item));
    this.#signs.replaceChildren(
      ...signsOf(item, broken, this.#say).map(({ sign, word }) =>
        element(
          "span",
          { class: "fg-sign", title: word },
          element("span", { "aria-hidden": "true" }, sign),
          element("span", { class: "fg-word", dir: "auto" }, ` ${word}`),
        ),
      ),
    );
  }
}
