import { detailsElements } from "./details.js";
import { button, clamped, element, setText } from "./element.js";
import { Failure } from "./failure.js";
import { MarksEditor } from "./marks_editor.js";
import type { Action, Cell } from "./protocol.js";
import { signsOf, spoken } from "./status.js";
import type { Store } from "./store.js";
import type { Trans } from "./translate.js";

const LONGEST_ALT = 1000;

function actionsOf(trans: Trans): (readonly [action: Action, name: string])[] {
  return [
    ["base", trans.__("Use as base")],
    ["rerun", trans.__("Re-run this cell")],
    ["seeds", trans.__("More seeds")],
  ];
}

/** One cell: its full image, its marks, and all about it. */
export class Lightbox {
  readonly title: string;
  readonly root = element("div", { class: "fl-lightbox" });
  readonly #store: Store;
  readonly #id: number;
  readonly #image = element("img", { alt: "", draggable: "false" });
  readonly #signs = element("div", { class: "fl-status", dir: "auto" });
  readonly #actions = element("div", { class: "fl-toolbar" });
  readonly #failure: Failure;
  readonly #details = element("div", { class: "fl-details" });
  readonly #editor: MarksEditor;
  #version: string | null | undefined = undefined;
  #status = "";
  #closed = false;

  constructor(store: Store, id: number) {
    this.#store = store;
    this.#id = id;
    this.title = clamped(store.cells.get(id)?.label ?? "", LONGEST_ALT);
    const { trans } = store;
    this.#editor = new MarksEditor(
      {
        now: () => store.cells.get(id),
        mark: (set) => {
          store.mark([id], set);
        },
      },
      trans,
    );
    this.#failure = new Failure(trans, () => {
      const cell = store.cells.get(id);
      if (cell) this.#load(cell);
    });
    for (const [action, name] of actionsOf(trans)) {
      const act = button(
        name,
        () => {
          store.act(action, id);
        },
        { "data-action": action },
      );
      this.#actions.append(act);
    }
    const text = element(
      "div",
      { class: "fl-beside-image" },
      this.#failure.root,
      this.#signs,
      this.#actions,
      this.#editor.root,
      this.#details,
    );
    this.root.append(element("div", { class: "fl-frame fl-large" }, this.#image), text);
  }

  dispose(): void {
    this.#closed = true;
  }

  draw(): void {
    const cell = this.#store.cells.get(this.#id);
    if (!cell) return;
    const gone = this.#store.kernel === "gone";
    this.#image.alt = clamped(spoken(cell, false, gone, this.#store.trans), LONGEST_ALT);
    const preview = cell.status === "running" ? this.#store.gallery.preview(cell.id) : null;
    const url = preview ?? this.#store.gallery.full(cell.id) ?? this.#store.gallery.thumb(cell.id);
    if (url === null) this.#image.removeAttribute("src");
    else if (this.#image.getAttribute("src") !== url) this.#image.src = url;
    this.#image.hidden = url === null;
    const signs = signsOf(cell, gone, this.#store.trans).map(({ sign, word }) => `${sign} ${word}`);
    setText(this.#signs, [...signs, ...(cell.error === null ? [] : [cell.error])].join(" · "));
    const works = gone ? [] : (this.#store.scene?.actions ?? []);
    for (const act of this.#actions.children) {
      act.toggleAttribute("hidden", !works.some((action) => action === act.getAttribute("data-action")));
    }
    this.#editor.draw();
    if (cell.version === this.#version && cell.status === this.#status) return;
    this.#version = cell.version;
    this.#status = cell.status;
    this.#load(cell);
  }

  #load({ id, version }: Cell): void {
    const picture = version === null ? null : this.#store.wantFull(id);
    void this.#failure.follow([this.#loadDetails(), picture].filter((task) => task !== null));
  }

  async #loadDetails(): Promise<void> {
    const details = await this.#store.details(this.#id);
    if (!this.#closed) this.#details.replaceChildren(...detailsElements(details, this.#store.trans));
  }
}
