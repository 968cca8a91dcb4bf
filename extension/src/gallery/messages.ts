import { button, element, setChildren, setText } from "../grid/element.js";
import type { Message, Store } from "./store.js";

/** What went wrong, what there is to know, and, where there are no images, why. */
export class Messages {
  readonly root = element("div", { class: "fg-messages", "aria-live": "polite" });
  /** Stands where the images would. */
  readonly empty = element("div", { class: "fg-empty", dir: "auto", role: "status" });
  readonly #store: Store;
  readonly #banner: HTMLElement;
  readonly #bannerText = element("span", { dir: "auto" });
  readonly #underWay = element("div", { class: "fg-under-way" });
  readonly #emptyText = element("p", {});
  readonly #emptyCode = element("pre", { dir: "ltr", tabindex: 0 });
  readonly #retry: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #drawn = new Map<Message, HTMLElement>();

  constructor(store: Store) {
    this.#store = store;
    const say = store.host.translate;
    const retry = (): void => {
      store.refresh();
    };
    this.#banner = element("div", { class: "fg-banner" }, "⚠ ", this.#bannerText, " ", button(say("Retry"), retry));
    this.#retry = button(say("Retry"), retry);
    this.#clear = button(say("Show all images"), () => void store.search(""));
    this.empty.append(this.#emptyText, this.#emptyCode, this.#retry, this.#clear);
  }

  draw(): void {
    const { items, trouble, open, messages, underWay } = this.#store;
    const say = this.#store.host.translate;
    const lost = open?.connected === false ? say("The line to the server is lost: this may be old.") : null;
    const banner = items.length > 0 ? (trouble ?? lost) : null;
    setText(this.#underWay, underWay ?? "");
    setText(this.#bannerText, banner ?? "");
    for (const message of this.#drawn.keys()) if (!messages.includes(message)) this.#drawn.delete(message);
    for (const message of messages) {
      if (!this.#drawn.has(message)) this.#drawn.set(message, this.#elementOf(message));
    }
    setChildren(this.root, [
      ...(banner === null ? [] : [this.#banner]),
      ...(underWay === null ? [] : [this.#underWay]),
      ...this.#drawn.values(),
    ]);
    this.#drawEmpty();
  }

  #drawEmpty(): void {
    const { items, trouble, catalogs, open, state } = this.#store;
    const say = this.#store.host.translate;
    this.empty.hidden = items.length > 0;
    if (items.length > 0) return;
    const none = catalogs?.length === 0;
    const answered = open?.listing !== null && open !== null;
    const nothing = answered && trouble === null && state.query !== "";
    let text = say("Loading…");
    if (trouble !== null) text = `⚠ ${trouble}`;
    else if (none) text = say("There is no catalog here yet. The first images that a notebook makes begin one:");
    else if (nothing) text = say("No image answers this query.");
    else if (answered) text = say("This catalog has no images yet.");
    else if (open?.queryError) text = "";
    setText(this.#emptyText, text);
    setText(this.#emptyCode, 'from fluxlab import Lab\n\nlab = Lab()\nlab.generate("a red fox")');
    this.#emptyCode.hidden = !none || trouble !== null;
    this.#retry.hidden = trouble === null && !none;
    this.#clear.hidden = !nothing && !open?.queryError;
  }

  #elementOf(message: Message): HTMLElement {
    return element(
      "div",
      { class: "fg-message-line", "data-level": message.level },
      element("strong", {}, message.level === "error" ? "✕ " : "ℹ "),
      element("span", { dir: "auto" }, message.text),
      button(
        "×",
        () => {
          this.#store.dismiss(message);
        },
        { "aria-label": this.#store.host.translate("Dismiss") },
      ),
    );
  }
}
