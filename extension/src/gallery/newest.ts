import { button } from "../grid/element.js";
import type { List } from "./list.js";
import type { Store } from "./store.js";

/** Tells of new images above what one looks at, and leads there. */
export class Newest {
  readonly root: HTMLButtonElement;
  readonly #store: Store;

  constructor(store: Store, list: List) {
    this.#store = store;
    this.root = button(
      "",
      () => {
        const begins = store.open?.listing?.outdated ?? false;
        list.toTop();
        if (begins) void store.search(store.state.query);
        store.choose({});
      },
      { class: "fg-newest" },
    );
    this.root.hidden = true;
  }

  draw(): void {
    const { arrivals, open } = this.#store;
    const say = this.#store.host.translate;
    const many = open?.listing?.outdated ?? false;
    this.root.hidden = arrivals === 0 && !many;
    this.root.textContent = many ? say("↑ Many new") : say("↑ %1 new", arrivals);
  }
}
