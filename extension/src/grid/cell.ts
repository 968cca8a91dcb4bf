import { clamped, element, setAttribute, setText } from "./element.js";
import type { Cell } from "./protocol.js";
import { type Sign, signsOf, spoken, starsText } from "./status.js";
import type { Trans } from "./translate.js";

export interface CellLook {
  cell: Cell;
  /** URL of what is shown: a preview, a thumbnail or the full image. */
  picture: string | null;
  mark: number | null;
  tabStop: boolean;
  /** The label is shown where neither row nor column tells what this is. */
  labelled: boolean;
  kernelGone: boolean;
}

const LONGEST_SPOKEN = 600;
const LONGEST_ERROR = 240;

/** The element of one cell. It changes only what differs from before. */
export class CellView {
  readonly root = element("div", { role: "gridcell", class: "fl-cell" });
  readonly #trans: Trans;
  readonly #image = element("img", { alt: "", draggable: "false", decoding: "async" });
  readonly #frame = element("div", { class: "fl-frame" }, this.#image);
  readonly #message = element("div", { class: "fl-message", dir: "auto" });
  readonly #signs = element("div", { class: "fl-signs" });
  readonly #marks = element("div", { class: "fl-marks" });
  readonly #label = element("div", { class: "fl-label", dir: "auto" });
  #signed = "";

  constructor(trans: Trans) {
    this.#trans = trans;
    this.root.append(this.#frame, this.#message, this.#signs, this.#marks, this.#label);
    // A full image that was dropped while it was being loaded: the next drawing brings a thumbnail.
    this.#image.addEventListener("error", () => {
      this.#image.removeAttribute("src");
    });
  }

  update({ cell, picture, mark, tabStop, labelled, kernelGone }: CellLook): void {
    this.root.dataset.id = String(cell.id);
    this.root.dataset.status = cell.status;
    setAttribute(this.root, "tabindex", tabStop ? 0 : -1);
    setAttribute(
      this.root,
      "aria-label",
      clamped(spoken(cell, mark !== null, kernelGone, this.#trans), LONGEST_SPOKEN),
    );
    setAttribute(this.root, "data-rejected", cell.rejected);
    setAttribute(this.root, "data-dead", cell.notes.length > 0);
    setAttribute(this.root, "data-cached", cell.cached);
    setAttribute(this.root, "data-marked", mark !== null);
    setAttribute(this.#image, "src", picture ?? undefined);
    this.#image.hidden = picture === null;
    setText(this.#message, cell.error === null ? "" : clamped(cell.error, LONGEST_ERROR));
    setText(this.#label, labelled ? clamped(cell.label, LONGEST_ERROR) : "");
    this.#updateSigns(signsOf(cell, kernelGone, this.#trans));
    const note = cell.note === null ? "" : this.#trans.__("✎ note");
    const marks = [mark === null ? "" : `⚖ ${mark}`, starsText(cell.stars), note];
    setText(this.#marks, marks.filter((text) => text !== "").join(" "));
  }

  #updateSigns(signs: readonly Sign[]): void {
    const signed = signs.map(({ sign, word }) => `${sign} ${word}`).join("\n");
    if (signed === this.#signed) return;
    this.#signed = signed;
    this.#signs.replaceChildren(
      ...signs.map(({ sign, word }) =>
        element("span", { class: "fl-sign" }, element("span", { "aria-hidden": "true" }, sign), ` ${word}`),
      ),
    );
  }
}
