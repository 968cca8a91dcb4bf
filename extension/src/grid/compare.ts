import type { CompareMode } from "./choices.js";
import { type Compared, comparedPictures } from "./compare_pictures.js";
import { button, clamped, element } from "./element.js";
import type { Comparison } from "./protocol.js";
import type { Store } from "./store.js";

const MODES: readonly (readonly [mode: CompareMode, name: string])[] = [
  ["side", "Side by side"],
  ["swipe", "Swipe"],
  ["onion", "Onion skin"],
  ["difference", "Difference"],
];
const LETTERS = ["A", "B", "C", "D"];
const LONGEST_LABEL = 200;

/** Two to four cells, compared as images and as recipes. */
export class CompareSheet {
  readonly title: string;
  readonly root = element("div", { class: "fl-compare" });
  readonly #store: Store;
  readonly #ids: readonly number[];
  readonly #pictures = element("div", { class: "fl-pictures" }, "Waiting for the full images…");
  readonly #recipes = element("div", { class: "fl-recipes" });
  readonly #modes = element("div", { class: "fl-tabs", role: "group", "aria-label": "How to compare" });
  readonly #pair = element("div", { class: "fl-tabs" });
  #compared: Compared[] | null = null;
  #mode: CompareMode | null = null;
  #chosen: [number, number] = [0, 1];
  #closed = false;

  constructor(store: Store, ids: readonly number[]) {
    this.#store = store;
    this.#ids = ids;
    this.title = `Comparison of ${ids.length} images`;
    for (const [mode, name] of MODES) {
      const choose = (): void => {
        const { sheet } = store.choices;
        if (sheet?.show === "compare") store.choose({ sheet: { ...sheet, mode } });
      };
      this.#modes.append(button(name, choose, { "data-mode": mode }));
    }
    if (ids.length > 2) this.#pair.append(this.#choice(0), " and ", this.#choice(1));
    const bar = element("div", { class: "fl-toolbar" }, this.#modes, this.#pair);
    this.root.append(bar, this.#pictures, this.#recipes);
    void this.#load();
  }

  dispose(): void {
    this.#closed = true;
  }

  draw(): void {
    const { sheet } = this.#store.choices;
    if (sheet?.show !== "compare" || !this.#compared || sheet.mode === this.#mode) return;
    this.#mode = sheet.mode;
    this.#show();
  }

  #choice(side: 0 | 1): HTMLElement {
    const select = element("select", { "aria-label": side === 0 ? "First image" : "Second image" });
    for (const index of this.#ids.keys()) select.append(element("option", { value: index }, LETTERS[index] ?? ""));
    select.value = String(this.#chosen[side]);
    select.addEventListener("change", () => {
      this.#chosen[side] = Number(select.value);
      this.#show();
    });
    return select;
  }

  #show(): void {
    const compared = this.#compared ?? [];
    const mode = this.#mode ?? "side";
    for (const tab of this.#modes.children)
      tab.setAttribute("aria-pressed", String(tab.getAttribute("data-mode") === mode));
    this.#pair.hidden = mode === "side";
    const shown =
      mode === "side" ? compared : this.#chosen.map((index) => compared[index]).filter((c) => c !== undefined);
    this.#pictures.replaceChildren(comparedPictures(shown, mode));
  }

  async #load(): Promise<void> {
    void this.#store.compare([...this.#ids]).then(
      (comparison) => {
        this.#recipes.replaceChildren(...recipes(comparison));
      },
      (reason: unknown) => {
        this.#recipes.textContent = reason instanceof Error ? reason.message : String(reason);
      },
    );
    try {
      const urls = await Promise.all(this.#ids.map((id) => this.#store.wantFull(id)));
      if (this.#closed) return;
      this.#compared = this.#ids.map((id, index) => {
        const cell = this.#store.cells.get(id);
        const label = clamped(cell?.label ?? "", LONGEST_LABEL);
        return { letter: LETTERS[index] ?? "", label, url: urls[index] ?? "", lossy: cell?.lossy ?? false };
      });
      this.draw();
    } catch (reason) {
      this.#pictures.textContent = reason instanceof Error ? reason.message : String(reason);
    }
  }
}

function recipes({ rows, factors, warning }: Comparison): HTMLElement[] {
  const table = element("table", { class: "fl-table" });
  const letters = LETTERS.slice(0, rows[0]?.values.length ?? 0);
  table.append(
    element("tr", {}, element("th", {}, ""), ...letters.map((letter) => element("th", { scope: "col" }, letter))),
    ...rows.map(({ name, values, same }) =>
      element(
        "tr",
        same ? {} : { class: "fl-differs" },
        element("th", { scope: "row", dir: "auto" }, same ? name : `≠ ${name}`),
        ...values.map((value) => element("td", { dir: "auto" }, value)),
      ),
    ),
  );
  const what = factors.length === 0 ? "No parameter differs." : `What differs: ${factors.join(", ")}.`;
  return [
    ...(warning === null ? [] : [element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${warning}`)]),
    element("p", { dir: "auto" }, what),
    table,
  ];
}
