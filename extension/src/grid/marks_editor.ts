import { button, element } from "./element.js";
import type { Cell, MarkChange } from "./protocol.js";
import type { Trans } from "./translate.js";

export type Marks = Pick<Cell, "stars" | "rejected" | "note" | "tags">;

/** What is marked, and how. */
export interface Marked {
  now(): Marks | undefined;
  mark(set: MarkChange): void;
}

/** Tags as they are typed, between commas. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");
}

/** Stars, rejection, tags and note of one image. A field is saved when it is left, or with Ctrl+Enter. */
export class MarksEditor {
  readonly root = element("div", { class: "fl-editor" });
  readonly #marked: Marked;
  readonly #stars: HTMLButtonElement[];
  readonly #reject: HTMLButtonElement;
  readonly #note: HTMLTextAreaElement;
  readonly #tags: HTMLInputElement;

  constructor(marked: Marked, trans: Trans) {
    this.#marked = marked;
    this.#note = element("textarea", {
      rows: 2,
      dir: "auto",
      "aria-label": trans.__("Note"),
      placeholder: trans.__("Note"),
    });
    this.#tags = element("input", {
      type: "text",
      dir: "auto",
      "aria-label": trans.__("Tags"),
      placeholder: trans.__("Tags, with commas"),
    });
    this.#stars = [1, 2, 3, 4, 5].map((stars) =>
      button(
        "☆",
        () => {
          marked.mark({ stars: marked.now()?.stars === stars ? null : stars });
        },
        { "aria-label": trans._n("%1 star", "%1 stars", stars) },
      ),
    );
    this.#reject = button(trans.__("⊘ Reject"), () => {
      marked.mark({ rejected: !(marked.now()?.rejected ?? false) });
    });
    this.#saved(this.#note, () => {
      const note = this.#note.value.trim() || null;
      if (note !== (marked.now()?.note ?? null)) marked.mark({ note });
    });
    this.#saved(this.#tags, () => {
      const tags = tagsOf(this.#tags.value);
      if (tags.join("\n") !== (marked.now()?.tags ?? []).join("\n")) marked.mark({ tags });
    });
    const stars = element("div", { class: "fl-stars", role: "group", "aria-label": trans.__("Stars") }, ...this.#stars);
    this.root.append(stars, this.#reject, this.#tags, this.#note);
  }

  draw(): void {
    const now = this.#marked.now();
    if (!now) return;
    for (const [index, star] of this.#stars.entries()) {
      star.textContent = index < (now.stars ?? 0) ? "★" : "☆";
      star.setAttribute("aria-pressed", String(index + 1 === now.stars));
    }
    this.#reject.setAttribute("aria-pressed", String(now.rejected));
    // What somebody is writing is not written over.
    if (document.activeElement !== this.#note) this.#note.value = now.note ?? "";
    if (document.activeElement !== this.#tags) this.#tags.value = now.tags.join(", ");
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
