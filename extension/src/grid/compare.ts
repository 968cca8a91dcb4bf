import type { CompareMode } from "./choices.js";
import { type Compared, comparedPictures } from "./compare_pictures.js";
import { button, clamped, element, setText } from "./element.js";
import { Failure } from "./failure.js";
import type { Comparison } from "./protocol.js";
import type { Store } from "./store.js";
import type { Trans } from "./translate.js";

function modesOf(trans: Trans): (readonly [mode: CompareMode, name: string])[] {
  return [
    ["side", trans.__("Side by side")],
    ["swipe", trans.__("Swipe")],
    ["onion", trans.__("Onion skin")],
    ["difference", trans.__("Difference")],
  ];
}

const LETTERS = ["A", "B", "C", "D"];
const LONGEST_LABEL = 200;

/** Two to four cells, compared as images and as recipes. */
export class CompareSheet {
  readonly title: string;
  readonly root = element("div", { class: "fl-compare" });
  readonly #store: Store;
  readonly #ids: readonly number[];
  readonly #failure: Failure;
  readonly #pictures = element("div", { class: "fl-pictures" });
  readonly #recipes = element("div", { class: "fl-recipes" });
  readonly #modes: HTMLElement;
  readonly #pair = element("div", { class: "fl-tabs" });
  #compared: Compared[] | null = null;
  #mode: CompareMode | null = null;
  #chosen: [number, number] = [0, 1];
  #closed = false;

  constructor(store: Store, ids: readonly number[]) {
    this.#store = store;
    this.#ids = ids;
    const { trans } = store;
    this.title = trans._n("Comparison of %1 image", "Comparison of %1 images", ids.length);
    this.#failure = new Failure(trans, () => {
      this.#load();
    });
    this.#modes = element("div", { class: "fl-tabs", role: "group", "aria-label": trans.__("How to compare") });
    for (const [mode, name] of modesOf(trans)) {
      const choose = (): void => {
        const { sheet } = store.choices;
        if (sheet?.show === "compare") store.choose({ sheet: { ...sheet, mode } });
      };
      this.#modes.append(button(name, choose, { "data-mode": mode }));
    }
    if (ids.length > 2) this.#pair.append(this.#choice(0), ` ${trans.__("and")} `, this.#choice(1));
    const bar = element("div", { class: "fl-toolbar" }, this.#modes, this.#pair);
    this.root.append(bar, this.#failure.root, this.#pictures, this.#recipes);
    this.#load();
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
    const { trans } = this.#store;
    const select = element("select", { "aria-label": side === 0 ? trans.__("First image") : trans.__("Second image") });
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
    this.#pictures.replaceChildren(comparedPictures(shown, mode, this.#store.trans));
  }

  #load(): void {
    void this.#failure.follow([this.#loadPictures(), this.#loadRecipes()]);
  }

  async #loadRecipes(): Promise<void> {
    const comparison = await this.#store.compare([...this.#ids]);
    this.#recipes.replaceChildren(...recipes(comparison, this.#store.trans));
  }

  async #loadPictures(): Promise<void> {
    if (this.#compared) return;
    setText(this.#pictures, this.#store.trans.__("Waiting for the full images…"));
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
      setText(this.#pictures, "");
      throw reason;
    }
  }
}

function recipes({ rows, factors, warning }: Comparison, trans: Trans): HTMLElement[] {
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
  const what =
    factors.length === 0 ? trans.__("No parameter differs.") : trans.__("What differs: %1.", factors.join(", "));
  return [
    ...(warning === null ? [] : [element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${warning}`)]),
    element("p", { dir: "auto" }, what),
    table,
  ];
}
