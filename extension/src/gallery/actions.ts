import type { Item } from "../api/types.js";
import { button, element, setAttribute, setText } from "../grid/element.js";
import { MOST_COMPARED } from "../grid/choices.js";
import { MOST_UIDS } from "../api/client.js";
import type { Translate } from "../grid/translate.js";
import type { GalleryAction } from "./host.js";
import { mark } from "./marking.js";
import type { Store } from "./store.js";

interface Act {
  action: GalleryAction;
  name: string;
  title: string;
}

function actsOf(say: Translate): Act[] {
  return [
    { action: "insert", name: say("Insert"), title: say("A cell that makes it again") },
    { action: "show", name: say("Show"), title: say("A cell that shows it") },
    { action: "frame", name: say("DataFrame"), title: say("A cell with a DataFrame of what is selected") },
    { action: "grid", name: say("Grid"), title: say("A cell with a grid of what is selected") },
    { action: "panel", name: say("Open in panel"), title: say("A cell with a panel that starts from it") },
    { action: "recipe", name: say("Copy recipe"), title: say("Its recipe as Python, on the clipboard") },
    { action: "compare", name: say("Compare"), title: say("Two to four images side by side (c)") },
    { action: "sweep", name: say("Sweep"), title: say("The sweep that it is of") },
  ];
}

/** Whether an action means something for these images. */
export function isPossible(action: GalleryAction, items: readonly Item[]): boolean {
  const [first] = items;
  if (action === "tab") return true;
  if (!first || items.length > MOST_UIDS) return false;
  if (action === "compare") return items.length >= 2 && items.length <= MOST_COMPARED;
  if (action === "sweep") return first.run !== null && items.every((item) => item.run === first.run);
  if (action === "recipe") return items.length === 1;
  return true;
}

/** What can be done with the selected images. */
export class Actions {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #buttons: readonly (readonly [GalleryAction, HTMLButtonElement])[];
  readonly #count = element("span", { class: "fg-chosen-count", "aria-live": "polite" });
  readonly #tag: HTMLInputElement;

  constructor(store: Store) {
    this.#store = store;
    const say = store.host.translate;
    this.#buttons = actsOf(say).map(({ action, name, title }) => {
      const press = (): void => {
        act(store, action);
      };
      return [action, button(name, press, { title, "data-action": action })] as const;
    });
    this.#tag = element("input", {
      type: "text",
      dir: "auto",
      "aria-label": say("Tag all that are selected"),
      placeholder: say("Tag them all"),
    });
    this.#tag.addEventListener("keydown", (event) => {
      const tag = this.#tag.value.trim();
      if (event.key !== "Enter" || tag === "" || event.isComposing) return;
      event.preventDefault();
      this.#tag.value = "";
      void mark(store, [...store.selection.chosen], { tag });
    });
    this.root = element(
      "div",
      { class: "fg-actions", role: "toolbar", "aria-label": say("What is selected") },
      this.#count,
      ...this.#buttons.map(([, made]) => made),
      this.#tag,
    );
  }

  draw(): void {
    const items = this.#store.chosenItems;
    const say = this.#store.host.translate;
    this.root.hidden = items.length === 0;
    setText(this.#count, items.length === 0 ? "" : say("%1 selected", items.length));
    for (const [action, made] of this.#buttons) setAttribute(made, "disabled", !isPossible(action, items));
    this.#tag.hidden = items.length < 2;
  }
}

/** Hands the selected images to the page; false where the action means nothing for them. */
export function act(store: Store, action: GalleryAction): boolean {
  const items = store.chosenItems;
  const { open } = store;
  if (!open || !isPossible(action, items)) return false;
  store.host.act(action, open.entry.id, action === "sweep" ? items.slice(0, 1) : items);
  return true;
}
