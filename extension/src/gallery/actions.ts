import type { Item } from "../api/types.js";
import { button, element, setAttribute, setText } from "../grid/element.js";
import { MOST_COMPARED } from "../grid/choices.js";
import { MOST_UIDS } from "../api/client.js";
import { plain, type Translate } from "../grid/translate.js";
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
    { action: "panel", name: say("Open in panel"), title: say("A cell with a panel that shows the images") },
    { action: "recipe", name: say("Copy recipe"), title: say("Its recipe as Python, on the clipboard") },
    { action: "compare", name: say("Compare"), title: say("Two to four images side by side (c)") },
    { action: "sweep", name: say("Sweep"), title: say("The sweep that it is of") },
  ];
}

/** Why an action means nothing for these images, in a sentence; null where it does. */
export function obstacle(action: GalleryAction, items: readonly Item[], say: Translate): string | null {
  const [first] = items;
  if (action === "tab") return null;
  if (!first) return say("Select an image first.");
  if (action === "compare") {
    if (items.length < 2) return say("Two to four images can be compared: select another one.");
    return items.length > MOST_COMPARED ? say("Two to four images can be compared: select fewer.") : null;
  }
  if (action === "recipe" && items.length > 1) return say("The recipe of one image can be copied: select only one.");
  if (action === "sweep") {
    if (items.every((item) => item.run === null)) return say("No sweep has made what is selected.");
    if (items.some((item) => item.run !== first.run)) return say("What is selected is not all of one sweep.");
    return null;
  }
  return items.length > MOST_UIDS ? say("At most %1 images at a time: select fewer.", MOST_UIDS) : null;
}

export function isPossible(action: GalleryAction, items: readonly Item[]): boolean {
  return obstacle(action, items, plain) === null;
}

let bars = 0;

/** A button that says why it cannot be used, which one that is disabled keeps from the keyboard and screen readers. */
class ActionButton {
  readonly root: HTMLButtonElement;
  readonly why: HTMLElement;
  readonly #action: GalleryAction;
  readonly #title: string;

  constructor({ action, name, title }: Act, id: string, store: Store) {
    this.#action = action;
    this.#title = title;
    this.why = element("span", { id: `${id}-${action}`, hidden: true, dir: "auto" });
    const press = (): void => {
      if (!act(store, action)) store.notify("info", this.why.textContent);
    };
    this.root = button(name, press, { "data-action": action });
  }

  draw(items: readonly Item[], say: Translate): void {
    const why = items.length === 0 ? null : obstacle(this.#action, items, say);
    setText(this.why, why ?? "");
    setAttribute(this.root, "title", why ?? this.#title);
    setAttribute(this.root, "aria-disabled", why === null ? undefined : "true");
    setAttribute(this.root, "aria-describedby", why === null ? undefined : this.why.id);
  }
}

/** How many are selected, where they are not all, and where they are too many for a cell. */
function chosenText({ open, selection }: Store, count: number, say: Translate): string {
  const { complete = true, items = [], total = null } = open?.listing ?? {};
  const all = !complete && items.length > 1 && items.every((item) => selection.chosen.has(item.uid));
  const parts = [
    all && total !== null
      ? say(
          "%1 of %2 selected, all that are loaded: the rest loads as you scroll down.",
          count.toLocaleString(),
          total.toLocaleString(),
        )
      : say("%1 selected", count.toLocaleString()),
    count > MOST_UIDS ? say("They can be marked; cells take at most %1.", MOST_UIDS) : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** What can be done with the selected images. */
export class Actions {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #buttons: readonly ActionButton[];
  readonly #count = element("span", { class: "fg-chosen-count", "aria-live": "polite" });
  readonly #tag: HTMLInputElement;

  constructor(store: Store) {
    this.#store = store;
    const say = store.host.translate;
    const id = `fluxlab-gallery-actions-${++bars}`;
    this.#buttons = actsOf(say).map((one) => new ActionButton(one, id, store));
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
      ...this.#buttons.flatMap(({ root, why }) => [root, why]),
      this.#tag,
    );
  }

  draw(): void {
    const items = this.#store.chosenItems;
    const say = this.#store.host.translate;
    this.root.hidden = items.length === 0;
    setText(this.#count, items.length === 0 ? "" : chosenText(this.#store, items.length, say));
    for (const each of this.#buttons) each.draw(items, say);
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
