import type { WordField } from "../api/types.js";
import { button, element, setAttribute, setText } from "../grid/element.js";
import { type Suggestion, type Suggestions, suggestionsFor, taken } from "./completion.js";
import type { Store } from "./store.js";
import { isUnfinished } from "./words.js";

/** Milliseconds of rest after which what is typed is searched for. */
const REST = 150;
const NONE: Suggestions = { from: 0, to: 0, options: [] };

let boxes = 0;

/** The box for the words of a query, which completes fields and their values. */
export class SearchBox {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #clear: HTMLButtonElement;
  readonly #error = element("div", { class: "fg-error", role: "alert", dir: "auto" });
  readonly #id = `fluxlab-gallery-search-${++boxes}`;
  #fields: readonly WordField[] = [];
  #fieldsOf = "";
  #suggestions = NONE;
  #active = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #written = "";

  constructor(store: Store) {
    this.#store = store;
    const say = store.host.translate;
    const id = this.#id;
    this.#list = element("ul", { id, role: "listbox", class: "fg-options", "aria-label": say("Suggestions") });
    this.#error.id = `${id}-error`;
    this.#input = element("input", {
      type: "text",
      class: "fg-search",
      role: "combobox",
      dir: "auto",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": say("Search"),
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
      placeholder: say("Search: fox model:dev steps:20..28"),
    });
    this.#clear = button(
      "×",
      () => {
        this.#write("", 0);
        this.#searchNow();
        this.#input.focus();
      },
      { class: "fg-clear", "aria-label": say("Clear the search") },
    );
    this.#list.hidden = true;
    this.#listen();
    const field = element("div", { class: "fg-field" }, this.#input, this.#clear, this.#list);
    this.root = element("div", { class: "fg-searching", role: "search" }, field, this.#error);
  }

  draw(): void {
    const { state, open, catalogs, trouble } = this.#store;
    // What somebody is typing is not written over; what facets and buttons make of the query is shown.
    if (state.query !== this.#written) this.#write(state.query, null);
    // Whoever opens a gallery begins here, and does not lose the focus while the catalogs are on their way.
    const isLoading = catalogs === null && trouble === null;
    this.root.hidden = !isLoading && open?.entry.problem !== null;
    this.#clear.hidden = this.#input.value === "";
    const error = open?.queryError ?? null;
    const say = this.#store.host.translate;
    const unanswered = say("These words got no answer: the images below are of the search before.");
    const told = error ?? (open?.unanswered === true ? unanswered : null);
    setText(this.#error, told === null ? "" : `⚠ ${told}`);
    setAttribute(this.#input, "aria-invalid", error !== null);
    setAttribute(this.#input, "aria-describedby", told === null ? undefined : this.#error.id);
    setAttribute(this.root, "aria-busy", open?.searching ? "true" : undefined);
  }

  #listen(): void {
    const input = this.#input;
    input.addEventListener("focus", () => void this.#loadFields());
    input.addEventListener("input", () => {
      this.#suggest(true);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        if (!isUnfinished(input.value)) this.#searchNow();
      }, REST);
    });
    input.addEventListener("keydown", (event) => {
      if (!event.isComposing && this.#pressed(event.key)) event.preventDefault();
    });
    input.addEventListener("blur", () => {
      this.#show(NONE);
    });
    // Pressing on the list must not take the focus out of the box.
    this.#list.addEventListener("mousedown", (event) => {
      event.preventDefault();
    });
    this.#list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("li") : null;
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
  }

  /** True where the key was for the box. */
  #pressed(key: string): boolean {
    const { length } = this.#suggestions.options;
    switch (key) {
      case "ArrowDown":
        if (length === 0) this.#suggest(false);
        else this.#activate((this.#active + 1) % length);
        return true;
      case "ArrowUp":
        if (length > 0) this.#activate((this.#active <= 0 ? length : this.#active) - 1);
        return length > 0;
      case "Enter":
        if (this.#active >= 0) this.#take(this.#active);
        else this.#searchNow();
        return true;
      case "Tab":
        if (this.#active < 0) return false;
        this.#take(this.#active);
        return true;
      case "Escape":
        if (length > 0) this.#show(NONE);
        else if (this.#input.value !== "") {
          this.#write("", 0);
          this.#searchNow();
        } else return false;
        return true;
      default:
        return false;
    }
  }

  /** Suggestions for what is under the caret; while one types, not before there is something to go by. */
  #suggest(typing: boolean): void {
    const { value } = this.#input;
    const caret = this.#input.selectionStart ?? value.length;
    const suggestions = suggestionsFor(value, caret, this.#fields);
    this.#show(typing && /(^|\s)$/.test(value.slice(0, caret)) ? NONE : suggestions);
  }

  #show(suggestions: Suggestions): void {
    this.#suggestions = suggestions;
    this.#list.replaceChildren(...suggestions.options.map((option, index) => this.#optionElement(option, index)));
    this.#list.hidden = suggestions.options.length === 0;
    setAttribute(this.#input, "aria-expanded", suggestions.options.length === 0 ? "false" : "true");
    this.#activate(-1);
  }

  #optionElement({ text, help }: Suggestion, index: number): HTMLElement {
    const name = element("span", { dir: "auto" }, text);
    const more = element("span", { class: "fg-help", dir: "auto" }, help);
    return element("li", { role: "option", id: `${this.#id}-${index}`, "aria-selected": "false" }, name, more);
  }

  #activate(index: number): void {
    this.#active = index;
    for (const [place, option] of [...this.#list.children].entries()) {
      setAttribute(option, "aria-selected", place === index ? "true" : "false");
      if (place === index) option.scrollIntoView({ block: "nearest" });
    }
    setAttribute(this.#input, "aria-activedescendant", index < 0 ? undefined : `${this.#id}-${index}`);
  }

  #take(index: number): void {
    const option = this.#suggestions.options[index];
    if (!option) return;
    const { query, caret } = taken(this.#input.value, this.#suggestions, option);
    this.#write(query, caret);
    if (option.ends) {
      this.#show(NONE);
      this.#searchNow();
    } else this.#suggest(false);
  }

  #write(query: string, caret: number | null): void {
    this.#written = this.#store.state.query;
    this.#input.value = query;
    if (caret !== null) this.#input.setSelectionRange(caret, caret);
  }

  #searchNow(): void {
    clearTimeout(this.#timer);
    const query = this.#input.value.trim();
    const { open, state } = this.#store;
    this.#written = query;
    if (query !== state.query || open?.queryError !== null || open.failed) void this.#store.search(query);
  }

  async #loadFields(): Promise<void> {
    const { open, client } = this.#store;
    if (!open || this.#fieldsOf === `${open.entry.id} ${open.version}`) return;
    this.#fieldsOf = `${open.entry.id} ${open.version}`;
    try {
      this.#fields = (await client.words(open.entry.id)).fields;
      // Somebody may have typed in the meantime.
      if (document.activeElement === this.#input && this.#suggestions === NONE) this.#suggest(true);
    } catch {
      // Without suggestions the box works all the same; the next focus asks again.
      this.#fieldsOf = "";
    }
  }
}
