import { Latest } from "../api/latest.js";
import type { Item } from "../api/types.js";
import { detailsElements } from "../grid/details.js";
import { button, clamped, element, setText } from "../grid/element.js";
import { MarksEditor } from "../grid/marks_editor.js";
import { Pictures } from "../grid/pictures.js";
import type { List } from "./list.js";
import { mark } from "./marking.js";
import { signsOf, spoken } from "./signs.js";
import type { Store } from "./store.js";
import { sentenceOf } from "./trouble.js";

const LONGEST_ALT = 600;
const FULLS_KEPT = 8;
/** Milliseconds of rest before it is asked about an image, so that a key held down asks about none on the way. */
const REST = 80;

/** All about one image, and its stars, tags and note. */
export class DetailsPane {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #image = element("img", { class: "fg-large", draggable: "false" });
  readonly #signs = element("div", { class: "fg-status", dir: "auto" });
  readonly #marks = element("div", {});
  readonly #details = element("div", { class: "fg-details" });
  readonly #title = element("strong", { dir: "auto" });
  readonly #fulls = new Pictures(FULLS_KEPT);
  readonly #asked = new Latest();
  #editor: MarksEditor | null = null;
  #shown: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, list: List) {
    this.#store = store;
    const say = store.host.translate;
    const close = button(
      "×",
      () => {
        store.showDetails(null);
        list.focus();
      },
      { "aria-label": say("Close the details"), title: say("Close the details (Escape)") },
    );
    const head = element("div", { class: "fg-details-head" }, this.#title, close);
    const parts = [head, this.#image, this.#signs, this.#marks, this.#details];
    this.root = element("section", { class: "fg-pane", "aria-label": say("Details") }, ...parts);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      store.showDetails(null);
      list.focus();
    });
  }

  draw(): void {
    const { open } = this.#store;
    const item = this.#store.item(this.#store.detailed);
    this.root.hidden = item === null || open === null;
    if (item === null || open === null) {
      this.#leave();
      return;
    }
    const shown = `${open.entry.id} ${item.uid} ${item.status}`;
    if (shown !== this.#shown) this.#enter(shown, open.entry.id, item);
    this.#editor?.draw();
    this.#drawPicture(item);
  }

  dispose(): void {
    this.#leave();
    this.#fulls.clear();
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#asked.stop();
    this.#shown = null;
    this.#editor = null;
    this.#marks.replaceChildren();
    this.#details.replaceChildren();
  }

  #enter(shown: string, catalog: string, { uid, image }: Item): void {
    this.#leave();
    this.#shown = shown;
    const store = this.#store;
    this.#editor = new MarksEditor(
      { now: () => store.item(uid) ?? undefined, mark: (set) => void mark(store, [uid], set) },
      store.host.trans,
    );
    this.#marks.replaceChildren(this.#editor.root);
    this.#timer = setTimeout(() => {
      void this.#load(catalog, uid);
      if (image !== null && !this.#fulls.has(image)) void this.#loadFull(catalog, image);
    }, REST);
  }

  #drawPicture(item: Item): void {
    const { open, host } = this.#store;
    const broken = item.image !== null && (open?.thumbnails.isBroken(item.image) ?? false);
    const url = item.image === null ? null : (this.#fulls.get(item.image) ?? open?.thumbnails.url(item.image) ?? null);
    if (url === null) this.#image.removeAttribute("src");
    else if (this.#image.getAttribute("src") !== url) this.#image.src = url;
    this.#image.hidden = url === null;
    this.#image.alt = clamped(spoken(item, broken, host.translate), LONGEST_ALT);
    setText(this.#title, clamped(item.prompt ?? item.uid, LONGEST_ALT));
    const signs = signsOf(item, broken, host.translate).map(({ sign, word }) => `${sign} ${word}`);
    setText(this.#signs, [...signs, ...(item.error === null ? [] : [item.error])].join(" · "));
  }

  async #load(catalog: string, uid: string): Promise<void> {
    const { translate: say, trans } = this.#store.host;
    try {
      const answer = await this.#asked.run((signal) => this.#store.client.generation(catalog, uid, signal));
      if (answer !== null) this.#details.replaceChildren(...detailsElements(answer.details, trans));
    } catch (reason) {
      this.#details.replaceChildren(
        element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${sentenceOf(reason, say)}`),
      );
    }
  }

  async #loadFull(catalog: string, image: string): Promise<void> {
    // Where it cannot be had, the thumbnail stays.
    const blob = await this.#store.client.image(catalog, image).catch(() => null);
    if (blob === null || this.#shown === null) return;
    this.#fulls.set(image, blob, blob.type);
    this.#store.choose({});
  }
}
