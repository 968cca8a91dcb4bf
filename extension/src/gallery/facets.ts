import { Latest } from "../api/latest.js";
import type { Facet, FacetList, FacetValue } from "../api/types.js";
import { button, clamped, element, setAttribute } from "../grid/element.js";
import type { Translate } from "../grid/translate.js";
import type { Store } from "./store.js";
import { sentenceOf } from "./trouble.js";
import { hasWords, toggledWords } from "./words.js";

const LONGEST_VALUE = 60;

/** The name of a field as people read it; a query has the field itself. */
function nameOf(field: string, say: Translate): string {
  switch (field) {
    case "model":
      return say("model");
    case "lora":
      return say("lora");
    case "tag":
      return say("tag");
    case "stars":
      return say("stars");
    case "status":
      return say("status");
    case "scheduler":
      return say("scheduler");
    case "steps":
      return say("steps");
    case "guidance":
      return say("guidance");
    case "size":
      return say("size");
    case "source":
      return say("source");
    default:
      return field;
  }
}

/** What the images that answer the query have in common, and how often; asked for while it is unfolded. */
export class Facets {
  readonly root: HTMLDetailsElement;
  readonly #store: Store;
  readonly #body = element("div", { class: "fg-facets-body" });
  readonly #asked = new Latest();
  /** Fields that are unfolded. */
  readonly #unfolded = new Set<string>(["model", "tag"]);
  #shown = "";
  #facets: FacetList | null = null;

  constructor(store: Store) {
    this.#store = store;
    const summary = element("summary", {}, store.host.translate("Narrow down"));
    this.root = element("details", { class: "fg-facets" }, summary, this.#body);
    this.root.addEventListener("toggle", () => {
      this.draw();
    });
  }

  draw(): void {
    const { open } = this.#store;
    this.root.hidden = open?.entry.problem !== null;
    if (!this.root.open || !open?.listing) return;
    const wanted = `${open.entry.id} ${open.version} ${open.answered}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    void this.#load(open.entry.id, open.answered);
  }

  async #load(catalog: string, query: string): Promise<void> {
    try {
      const facets = await this.#asked.run((signal) => this.#store.client.facets(catalog, query, signal));
      if (facets === null) return;
      this.#facets = facets;
      this.#show(this.#facets.facets, query);
    } catch (reason) {
      const text = sentenceOf(reason, this.#store.host.translate);
      this.#body.replaceChildren(element("p", { class: "fg-error", dir: "auto" }, `⚠ ${text}`));
      this.#shown = "";
    }
  }

  #show(facets: readonly Facet[], query: string): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.words : undefined;
    const held = this.#body.contains(document.activeElement) ? focused : undefined;
    const groups = facets.filter(({ values }) => values.length > 0).map((facet) => this.#group(facet, query));
    if (groups.length === 0) groups.push(element("p", {}, this.#store.host.translate("There is nothing to choose.")));
    this.#body.replaceChildren(...groups);
    const again = [...this.#body.querySelectorAll<HTMLElement>("[data-words]")].find((b) => b.dataset.words === held);
    if (held !== undefined) again?.focus();
  }

  #group({ field, values, more = 0 }: Facet, query: string): HTMLElement {
    const { translate: say } = this.#store.host;
    const group = element(
      "details",
      { open: this.#unfolded.has(field) || values.some(({ words }) => hasWords(query, words)) },
      element("summary", { dir: "auto" }, nameOf(field, say)),
      ...values.map((value) => this.#value(field, value, query)),
      more > 0 ? element("span", { class: "fg-more" }, say("and %1 more", more)) : null,
    );
    group.addEventListener("toggle", () => {
      if (group.open) this.#unfolded.add(field);
      else this.#unfolded.delete(field);
    });
    return group;
  }

  #value(field: string, { text, words, count }: FacetValue, query: string): HTMLElement {
    const press = (): void => {
      void this.#store.search(toggledWords(this.#store.state.query, words));
    };
    const say = this.#store.host.translate;
    const name = nameOf(field, say);
    const made = button("", press, { class: "fg-value", "aria-label": say("%1: %2, %3", name, text, count) });
    made.dataset.words = words;
    setAttribute(made, "aria-pressed", hasWords(query, words) ? "true" : "false");
    made.append(
      element("span", { dir: "auto" }, clamped(text, LONGEST_VALUE)),
      element("span", { class: "fg-count" }, String(count)),
    );
    return made;
  }
}
