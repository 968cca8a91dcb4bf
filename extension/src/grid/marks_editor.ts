import { button, element } from "./element.js";
import type { Cell } from "./protocol.js";
import type { Store } from "./store.js";

/** Tags as they are typed, between commas. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");
}

/** Stars, rejection, tags and note of one cell. A field is saved when it is left, or with Ctrl+Enter. */
export class MarksEditor {
  readonly root = element("div", { class: "fl-editor" });
  readonly #store: Store;
  readonly #id: number;
  readonly #stars: HTMLButtonElement[];
  readonly #reject: HTMLButtonElement;
  readonly #note = element("textarea", { rows: 2, dir: "auto", "aria-label": "Note", placeholder: "Note" });
  readonly #tags = element("input", {
    type: "text",
    dir: "auto",
    "aria-label": "Tags",
    placeholder: "Tags, with commas",
  });

  constructor(store: Store, id: number) {
    this.#store = store;
    this.#id = id;
    this.#stars = [1, 2, 3, 4, 5].map((stars) =>
      button(
        "☆",
        () => {
          store.mark([id], { stars: this.#cell?.stars === stars ? null : stars });
        },
        { "aria-label": stars === 1 ? "1 star" : `${stars} stars` },
      ),
    );
    this.#reject = button("⊘ Reject", () => {
      store.mark([id], { rejected: !(this.#cell?.rejected ?? false) });
    });
    this.#saved(this.#note, () => {
      const note = this.#note.value.trim() || null;
      if (note !== (this.#cell?.note ?? null)) store.mark([id], { note });
    });
    this.#saved(this.#tags, () => {
      const tags = tagsOf(this.#tags.value);
      if (tags.join("\n") !== (this.#cell?.tags ?? []).join("\n")) store.mark([id], { tags });
    });
    const stars = element("div", { class: "fl-stars", role: "group", "aria-label": "Stars" }, ...this.#stars);
    this.root.append(stars, this.#reject, this.#tags, this.#note);
  }

  draw(): void {
    const cell = this.#cell;
    if (!cell) return;
    for (const [index, star] of this.#stars.entries()) {
      star.textContent = index < (cell.stars ?? 0) ? "★" : "☆";
      star.setAttribute("aria-pressed", String(index + 1 === cell.stars));
    }
    this.#reject.setAttribute("aria-pressed", String(cell.rejected));
    // What somebody is writing is not written over.
    if (document.activeElement !== this.#note) this.#note.value = cell.note ?? "";
    if (document.activeElement !== this.#tags) this.#tags.value = cell.tags.join(", ");
  }

  get #cell(): Cell | undefined {
    return this.#store.cells.get(this.#id);
  }

  #saved(field: HTMLTextAreaElement | HTMLInputElement, save: () => void): void {
    field.addEventListener("blur", save);
    field.addEventListener("keydown", (event: Event) => {
      if (event instanceof KeyboardEvent && event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        save();
      }
    });
  }
}
