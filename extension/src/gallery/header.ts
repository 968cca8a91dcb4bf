import { button, clamped, element, setText } from "../grid/element.js";
import type { CatalogEntry } from "../api/types.js";
import type { Translate } from "../grid/translate.js";
import { catalogName } from "./catalog_name.js";
import type { Grouping } from "./host.js";
import { SIDES, type Store } from "./store.js";

const LONGEST_NAME = 80;

function isGrouping(value: string): value is Grouping {
  return value === "day" || value === "sweep" || value === "none";
}

/** How many images there are, in words. */
export function countText(count: number, say: Translate): string {
  return count === 1 ? say("1 image") : say("%1 images", count.toLocaleString());
}

/** Which catalog, how it is grouped, how large the pictures are. */
export class Header {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #catalog: HTMLSelectElement;
  readonly #group: HTMLSelectElement;
  readonly #size: HTMLInputElement;
  readonly #count = element("span", { class: "fg-total", role: "status", "aria-live": "polite" });
  #drawn: readonly CatalogEntry[] | null = null;

  /** `importing` stands among its buttons. */
  constructor(store: Store, wide: boolean, importing: HTMLElement) {
    this.#store = store;
    const say = store.host.translate;
    this.#catalog = element("select", { class: "fg-catalog", dir: "auto", "aria-label": say("Catalog") });
    this.#catalog.addEventListener("change", () => {
      store.pick(this.#catalog.value);
    });
    this.#group = element(
      "select",
      { class: "fg-grouping", "aria-label": say("Grouped by") },
      element("option", { value: "day" }, say("By day")),
      element("option", { value: "sweep" }, say("By sweep")),
      element("option", { value: "none" }, say("Not grouped")),
    );
    this.#group.addEventListener("change", () => {
      if (isGrouping(this.#group.value)) store.choose({ group: this.#group.value });
    });
    const [min, max] = [SIDES.least, SIDES.most];
    this.#size = element("input", { type: "range", min, max, step: 8, "aria-label": say("Size of the pictures") });
    this.#size.addEventListener("input", () => {
      store.choose({ side: Number(this.#size.value) });
    });
    const tab = (): void => {
      if (store.open) store.host.act("tab", store.open.entry.id, store.chosenItems);
    };
    const refresh = (): void => {
      store.refresh();
    };
    this.root = element(
      "div",
      { class: "fg-header" },
      this.#catalog,
      button("↻", refresh, { title: say("Ask the server again"), "aria-label": say("Ask the server again") }),
      wide || !store.host.hasTabs
        ? null
        : button("⤢", tab, { title: say("Open as a tab"), "aria-label": say("Open as a tab") }),
      importing,
      this.#group,
      this.#size,
      this.#count,
    );
  }

  draw(): void {
    const { state, catalogs, open } = this.#store;
    if (catalogs !== this.#drawn) this.#drawCatalogs(catalogs ?? []);
    this.#drawn = catalogs;
    this.#catalog.hidden = (catalogs?.length ?? 0) === 0;
    if (this.#catalog.value !== state.catalog) this.#catalog.value = state.catalog ?? "";
    if (this.#group.value !== state.group) this.#group.value = state.group;
    if (this.#size.value !== String(state.side)) this.#size.value = String(state.side);
    const total = open?.unanswered === true ? null : (open?.listing?.total ?? null);
    setText(this.#count, total === null ? "" : countText(total, this.#store.host.translate));
  }

  /** The nearest first, the others apart. */
  #drawCatalogs(catalogs: readonly CatalogEntry[]): void {
    const say = this.#store.host.translate;
    const options = catalogs.map((entry) => {
      const where = catalogName(entry);
      const name = clamped(entry.problem === null ? where : `⚠ ${where}`, LONGEST_NAME);
      return element("option", { value: entry.id, title: entry.path }, name);
    });
    const [nearest, ...others] = options;
    const group = element("optgroup", { label: say("Other catalogs") }, ...others);
    this.#catalog.replaceChildren(...(nearest ? [nearest] : []), ...(others.length > 0 ? [group] : []));
  }
}
