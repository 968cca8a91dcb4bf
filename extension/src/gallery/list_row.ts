import { button, element, setAttribute, setChildren, setText } from "../grid/element.js";
import type { Row } from "./rows.js";

/** One line of the list: the heading of a group, or images. */
export class ListRow {
  readonly root = element("div", { role: "row" });
  readonly #title = element("span", { class: "fg-title", dir: "auto" });
  readonly #count = element("span", { class: "fg-count" });
  readonly #heading = element("div", { role: "rowheader", class: "fg-group" }, this.#title, this.#count);

  readonly #sweep: HTMLButtonElement;

  constructor(open: string) {
    this.#sweep = button(open, () => undefined, { class: "fg-open" });
  }

  place(row: Row, index: number): void {
    setAttribute(this.root, "class", row.heading ? "fg-row fg-heading" : "fg-row");
    setAttribute(this.root, "aria-rowindex", index + 1);
    const { style } = this.root;
    if (style.top !== `${row.top}px`) style.top = `${row.top}px`;
    if (style.height !== `${row.height}px`) style.height = `${row.height}px`;
  }

  showImages(tiles: readonly Element[]): void {
    setChildren(this.root, tiles);
  }

  /** `sweep` is the uid of an image of the run that can be opened from here; whoever listens to clicks reads it. */
  showHeading(title: string, count: string, sweep: string | null): void {
    setText(this.#title, title);
    setText(this.#count, count);
    setAttribute(this.#sweep, "data-sweep", sweep ?? undefined);
    setChildren(this.root, sweep === null ? [this.#heading] : [this.#heading, this.#sweep]);
  }
}
