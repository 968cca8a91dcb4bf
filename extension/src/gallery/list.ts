import { button, element, setAttribute, setChildren, setText } from "../grid/element.js";
import { thumbSide } from "../grid/pictures.js";
import type { Translate } from "../grid/translate.js";
import type { Span } from "../grid/windowing.js";
import { type Anchor, anchorAt, scrollFor } from "./anchor.js";
import { keyOf, titleOf } from "./groups.js";
import type { Reach } from "./keys.js";
import { ListRow } from "./list_row.js";
import { type Motion, movedIndex, type Row, rowOf, layRows, type Rows, rowsIn } from "./rows.js";
import { extended, focused, only } from "./selection.js";
import type { Store } from "./store.js";
import { Tile } from "./tile.js";
import { sentenceOf } from "./trouble.js";

const GAP = 4;
const PADDING = 6;
const HEADING = 26;
/** Pixels beside the window in which images are elements already; and twice that far their pictures are fetched. */
const NEAR = 600;
/** Where nothing can be measured yet. */
const WIDTH = 240;
const HEIGHT = 540;
const SMALL = 90;

/** The images of the catalog in rows. Only those in or near the window are elements. */
export class List {
  readonly root = element("div", { role: "grid", class: "fg-list", dir: "ltr", "aria-multiselectable": "true" });
  readonly #canvas = element("div", { class: "fg-canvas", role: "presentation" });
  readonly #end = element("div", { class: "fg-end" });
  readonly #endText = element("span", { dir: "auto" });
  readonly #retry: HTMLButtonElement;
  readonly #store: Store;
  readonly #say: Translate;
  readonly #rows = new Map<number, ListRow>();
  readonly #tiles = new Map<string, Tile>();
  readonly #stop = new AbortController();
  #layout: Rows = { rows: [], height: 0, columns: 1 };
  #laid = "";
  #laidItems: unknown = null;
  #anchor: Anchor | null;
  #side = 0;

  constructor(store: Store, schedule: () => void) {
    this.#store = store;
    this.#say = store.host.translate;
    const { top } = store.state;
    this.#anchor = top === null ? null : { uid: top, index: 0, offset: 0 };
    this.#retry = button(this.#say("Retry"), () => {
      store.open?.listing?.retry();
      schedule();
    });
    this.#end.append(this.#endText, this.#retry);
    this.root.append(this.#canvas, this.#end);
    const { signal } = this.#stop;
    this.root.addEventListener(
      "scroll",
      () => {
        this.#anchorHere();
        schedule();
      },
      { signal, passive: true },
    );
  }

  dispose(): void {
    this.#stop.abort();
  }

  draw(): void {
    const hadFocus = this.root.contains(document.activeElement) && document.activeElement?.closest(".fg-tile") !== null;
    this.#lay();
    const { scrollTop } = this.root;
    const height = this.root.clientHeight || HEIGHT;
    const near = rowsIn(this.#layout, scrollTop, height, NEAR);
    this.#drawRows(near);
    this.#drawEnd();
    if (hadFocus) this.focus();
    this.#store.open?.look(this.#itemsIn(near));
    this.#wantPictures(scrollTop, height);
    if (this.#anchor === null && this.#store.arrivals > 0) this.#store.sawTop();
  }

  /** Puts the focus on the image that has the tab stop. */
  focus(): void {
    const tile = this.root.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]');
    if (tile && tile !== document.activeElement) tile.focus({ preventScroll: true });
  }

  move(motion: Motion, reach: Reach): void {
    const { order, selection } = this.#store;
    if (order.length === 0) return;
    const from = Math.max(0, order.indexOf(selection.focus ?? ""));
    const height = this.root.clientHeight || HEIGHT;
    const to = movedIndex(this.#layout, from, motion, order.length, height);
    const uid = order[to];
    if (uid === undefined) return;
    this.#reveal(to);
    if (reach === "only") this.#store.select(only(uid));
    else if (reach === "extend") this.#store.select(extended(selection, uid, order, false));
    else this.#store.select(focused(selection, uid));
  }

  reveal(uid: string): void {
    const index = this.#store.order.indexOf(uid);
    if (index >= 0) this.#reveal(index);
  }

  toTop(): void {
    this.root.scrollTop = 0;
    this.#anchor = null;
    this.#store.state.top = null;
    this.#store.sawTop();
  }

  #reveal(index: number): void {
    const row = this.#layout.rows[rowOf(this.#layout, index)];
    if (!row) return;
    const height = this.root.clientHeight || HEIGHT;
    // The heading above the first row belongs to it.
    const above = row.top <= HEADING ? 0 : row.top;
    if (above < this.root.scrollTop || row.height > height) this.root.scrollTop = above;
    else this.root.scrollTop = Math.max(this.root.scrollTop, row.top + row.height - height);
    this.#anchorHere();
  }

  #anchorHere(): void {
    this.#anchor = anchorAt(this.#layout, this.#store.order, this.root.scrollTop);
    this.#store.state.top = this.#anchor?.uid ?? null;
  }

  /** Lays the rows where something that they follow from has changed; what one looks at stays where it is. */
  #lay(): void {
    const { items, state, order } = this.#store;
    const width = (this.root.clientWidth || WIDTH) - 2 * PADDING;
    const columns = Math.max(1, Math.floor((width + GAP) / (state.side + GAP)));
    const side = Math.floor((width - (columns - 1) * GAP) / columns);
    const laid = `${columns} ${side} ${state.group}`;
    if (laid === this.#laid && items === this.#laidItems) return;
    this.#laid = laid;
    this.#laidItems = items;
    this.#side = side;
    const measures = { columns, rowHeight: side + GAP, headingHeight: HEADING };
    this.#layout = layRows(items, measures, keyOf(state.group));
    const { style } = this.#canvas;
    style.height = `${this.#layout.height}px`;
    style.setProperty("--fg-side", `${side}px`);
    style.setProperty("--fg-step", `${side + GAP}px`);
    setAttribute(this.root, "data-small", side < SMALL);
    setAttribute(this.root, "aria-rowcount", this.#store.open?.listing?.complete ? this.#layout.rows.length : -1);
    setAttribute(this.root, "aria-colcount", columns);
    setAttribute(this.root, "aria-label", this.#say("Images"));
    if (this.#anchor === null) return;
    const scroll = scrollFor(this.#anchor, this.#layout, order);
    if (scroll === null) return;
    this.root.scrollTop = scroll;
    this.#anchor = { ...this.#anchor, index: Math.max(0, order.indexOf(this.#anchor.uid)) };
  }

  #drawRows(near: Span): void {
    const { order, selection } = this.#store;
    const focus = Math.max(0, order.indexOf(selection.focus ?? ""));
    const wanted = new Set<number>(order.length > 0 ? [rowOf(this.#layout, focus)] : []);
    for (let index = near.from; index < near.to; index++) wanted.add(index);
    for (const index of this.#rows.keys()) if (!wanted.has(index)) this.#rows.delete(index);
    const drawn = new Set<string>();
    const elements: Element[] = [];
    for (const index of [...wanted].sort((a, b) => a - b)) {
      const row = this.#layout.rows[index];
      if (!row) continue;
      const view = this.#rows.get(index) ?? new ListRow(this.#say("Open"));
      this.#rows.set(index, view);
      view.place(row, index);
      if (row.heading) this.#drawHeading(view, row);
      else view.showImages(this.#tilesOf(row, focus, drawn));
      elements.push(view.root);
    }
    for (const uid of this.#tiles.keys()) if (!drawn.has(uid)) this.#tiles.delete(uid);
    setChildren(this.#canvas, elements);
  }

  #tilesOf(row: Row, focus: number, drawn: Set<string>): Element[] {
    const { items, open, selection } = this.#store;
    return items.slice(row.from, row.to).map((item, column) => {
      const tile = this.#tiles.get(item.uid) ?? new Tile(this.#say);
      this.#tiles.set(item.uid, tile);
      drawn.add(item.uid);
      const { image, uid } = item;
      const picture = image === null ? null : (open?.thumbnails.url(image) ?? null);
      const broken = image !== null && (open?.thumbnails.isBroken(image) ?? false);
      const tabStop = row.from + column === focus;
      tile.update({ item, picture, broken, chosen: selection.chosen.has(uid), tabStop, column });
      return tile.root;
    });
  }

  #drawHeading(view: ListRow, row: Row): void {
    const { items, state, open } = this.#store;
    const first = items[row.from];
    if (!first) return;
    const more = row.to === items.length && open?.listing?.complete === false ? "+" : "";
    const run = state.group === "sweep" ? first.run : null;
    view.showHeading(
      titleOf(first, state.group, this.#say),
      `${row.to - row.from}${more}`,
      run === null ? null : first.uid,
    );
  }

  #drawEnd(): void {
    const listing = this.#store.open?.listing ?? null;
    const problem = listing?.problem ?? null;
    this.#retry.hidden = problem === null;
    const loading = listing !== null && !listing.complete ? this.#say("Loading more…") : "";
    setText(this.#endText, problem === null ? loading : sentenceOf(problem, this.#say));
    this.#end.hidden = loading === "" && problem === null;
  }

  #itemsIn(span: Span): Span {
    const { rows } = this.#layout;
    const last = rows[span.to - 1];
    return { from: rows[span.from]?.from ?? 0, to: (last?.heading ? last.from : last?.to) ?? 0 };
  }

  /** What is in the window comes first, then what one is about to see. */
  #wantPictures(scroll: number, height: number): void {
    const images = (margin: number): string[] => {
      const { from, to } = this.#itemsIn(rowsIn(this.#layout, scroll, height, margin));
      return this.#store.items.slice(from, to).flatMap(({ image }) => (image === null ? [] : [image]));
    };
    const wanted = new Set([...images(0), ...images(NEAR), ...images(2 * NEAR)]);
    this.#store.open?.thumbnails.want([...wanted], thumbSide(this.#side, window.devicePixelRatio || 1));
  }
}
