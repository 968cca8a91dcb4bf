import { arrange, type Arrangement, placeOf } from "./arrange.js";
import type { CellLook } from "./cell.js";
import { element, setAttribute, setChildren } from "./element.js";
import { type Geometry, geometryOf, isLabelled } from "./geometry.js";
import { type Motion, moved } from "./keyboard.js";
import { HeadRow, MatrixRow } from "./matrix_row.js";
import { thumbSide } from "./pictures.js";
import { zoomByPointer } from "./pointer.js";
import type { Store } from "./store.js";
import { scrolledTo, type Span, visible } from "./windowing.js";
import { WANTS_FULL } from "./zoom.js";

const NEAR = 1;
const FULLS_AT_ONCE = 4;
/** Where nothing can be measured yet. */
const WIDTH = 960;
const HEIGHT = 540;

/** The table of cells. Only those in or near the window are elements. */
export class Matrix {
  readonly root = element("div", { role: "grid", class: "fl-matrix", dir: "ltr" });
  readonly #canvas = element("div", { class: "fl-canvas", role: "presentation" });
  readonly #head = new HeadRow();
  readonly #rows = new Map<number, MatrixRow>();
  readonly #store: Store;
  readonly #fullsFailed = new Set<string>();
  readonly #stop = new AbortController();
  #arrangement: Arrangement = { rowName: null, columnName: null, rowLabels: [], columnLabels: [], ids: [] };
  #geometry: Geometry = geometryOf(this.#arrangement, [], 1);
  #place: [number, number] = [0, 0];
  #fullsUnderWay = 0;
  #scrolled = false;

  constructor(store: Store, schedule: () => void) {
    this.#store = store;
    this.root.append(this.#canvas);
    const { signal } = this.#stop;
    this.root.addEventListener("scroll", schedule, { signal, passive: true });
    this.root.addEventListener(
      "focusin",
      (event) => {
        const id = idAt(event.target);
        if (id !== null && id !== store.choices.focus) store.choose({ focus: id });
      },
      { signal },
    );
    zoomByPointer(this.root, store, signal);
  }

  dispose(): void {
    this.#stop.abort();
  }

  draw(): void {
    const { scene, choices } = this.#store;
    if (!scene) return;
    const [width, height] = [this.root.clientWidth || WIDTH, this.root.clientHeight || HEIGHT];
    const across = Math.floor(width / (choices.size + 8));
    this.#arrangement = arrange(scene, choices.layout, across);
    this.#geometry = geometryOf(this.#arrangement, this.#store.cells.values(), choices.size);
    this.#keepFocusOnSomething();
    this.#measure(scene.title);
    const { cellWidth, cellHeight, head, side } = this.#geometry;
    const { rowLabels, columnLabels } = this.#arrangement;
    if (!this.#scrolled && this.root.clientHeight > 0) {
      this.#scrolled = true;
      this.root.scrollTo({ ...choices.scroll, behavior: "instant" });
    }
    const { scrollTop, scrollLeft } = this.root;
    // Written, not chosen: this follows from the drawing and asks for no other.
    choices.scroll = { left: scrollLeft, top: scrollTop };
    const rows = visible(scrollTop, height - head, cellHeight, rowLabels.length, NEAR);
    const columns = visible(scrollLeft, width - side, cellWidth, columnLabels.length, NEAR);
    const focused = this.root.contains(document.activeElement) && document.activeElement !== this.root;
    this.#drawRows(rows, columns);
    if (focused) this.focus();
    this.#wantPictures(rows, columns);
  }

  /** Puts the focus on the cell that has the tab stop. */
  focus(): void {
    const cell = this.root.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]');
    if (cell && cell !== document.activeElement) cell.focus({ preventScroll: true });
  }

  /** Moves the focus; holes are passed over. */
  move(motion: Motion): void {
    const { ids, columnLabels } = this.#arrangement;
    const { head, cellHeight } = this.#geometry;
    const page = Math.floor(((this.root.clientHeight || HEIGHT) - head) / cellHeight);
    const extent = { rows: ids.length, columns: columnLabels.length, page };
    let place = this.#place;
    for (;;) {
      const next = moved(place, motion, extent);
      const stays = next[0] === place[0] && next[1] === place[1];
      place = next;
      if (stays || idIn(this.#arrangement, place) !== null) break;
    }
    const id = idIn(this.#arrangement, place) ?? nearest(ids[place[0]] ?? [], place[1]);
    if (id !== null) this.reveal(id);
  }

  /** Makes a cell the focused one and scrolls it into the window. */
  reveal(id: number): void {
    const place = placeOf(this.#arrangement, id);
    if (!place) return;
    const { cellWidth, cellHeight, head, side } = this.#geometry;
    const { root } = this;
    root.scrollTop = scrolledTo(root.scrollTop, (root.clientHeight || HEIGHT) - head, cellHeight, place[0]);
    root.scrollLeft = scrolledTo(root.scrollLeft, (root.clientWidth || WIDTH) - side, cellWidth, place[1]);
    this.#store.choose({ focus: id });
  }

  /** After a change of layout the focus stays where it was on the screen. */
  #keepFocusOnSomething(): void {
    const { ids } = this.#arrangement;
    const { choices } = this.#store;
    const place = placeOf(this.#arrangement, choices.focus);
    if (place) {
      this.#place = place;
      return;
    }
    const row = ids[Math.min(this.#place[0], ids.length - 1)] ?? [];
    const id = nearest(row, this.#place[1]) ?? ids.flat().find((other) => other !== null) ?? null;
    choices.focus = id;
    this.#place = placeOf(this.#arrangement, id) ?? [0, 0];
  }

  #measure(title: string): void {
    const { frameWidth, frameHeight, cellWidth, cellHeight, head, side } = this.#geometry;
    const { rowLabels, columnLabels, rowName, columnName } = this.#arrangement;
    const { style } = this.#canvas;
    style.width = `${side + columnLabels.length * cellWidth}px`;
    style.height = `${head + rowLabels.length * cellHeight}px`;
    style.setProperty("--fl-frame-width", `${frameWidth}px`);
    style.setProperty("--fl-frame-height", `${frameHeight}px`);
    style.setProperty("--fl-cell-width", `${cellWidth}px`);
    style.setProperty("--fl-cell-height", `${cellHeight}px`);
    style.setProperty("--fl-head", `${head}px`);
    style.setProperty("--fl-side", `${side}px`);
    setAttribute(this.root, "aria-label", title);
    setAttribute(this.root, "aria-rowcount", rowLabels.length + (columnName === null ? 0 : 1));
    setAttribute(this.root, "aria-colcount", columnLabels.length + (rowName === null ? 0 : 1));
  }

  #drawRows(rows: Span, columns: Span): void {
    const wanted = new Set<number>([this.#place[0]]);
    for (let row = rows.from; row < rows.to; row++) wanted.add(row);
    const elements: Element[] = [];
    if (this.#arrangement.columnName !== null) {
      this.#head.draw(this.#arrangement, columns);
      elements.push(this.#head.root);
    }
    for (const row of this.#rows.keys()) if (!wanted.has(row)) this.#rows.delete(row);
    for (const row of [...wanted].sort((a, b) => a - b)) {
      if (row >= this.#arrangement.ids.length) continue;
      const drawn = this.#rows.get(row) ?? new MatrixRow(row, this.#store.trans);
      this.#rows.set(row, drawn);
      const stop = row === this.#place[0] ? this.#place[1] : null;
      const near = row >= rows.from && row < rows.to ? columns : { from: 0, to: 0 };
      drawn.draw(this.#arrangement, near, stop, (id) => this.#look(id));
      elements.push(drawn.root);
    }
    setChildren(this.#canvas, elements);
  }

  #look(id: number): Omit<CellLook, "tabStop"> | null {
    const { cells, choices, gallery, kernel } = this.#store;
    const cell = cells.get(id);
    if (!cell) return null;
    const preview = cell.status === "running" ? gallery.preview(id) : null;
    const full = choices.zoom.scale > WANTS_FULL ? this.#store.gallery.full(id) : null;
    const mark = choices.marked.indexOf(id);
    return {
      cell,
      picture: preview ?? full ?? this.#store.gallery.thumb(id),
      mark: mark < 0 ? null : mark + 1,
      labelled: isLabelled(this.#arrangement),
      kernelGone: kernel === "gone",
    };
  }

  #wantPictures(rows: Span, columns: Span): void {
    const ids = this.#arrangement.ids
      .slice(rows.from, rows.to)
      .flatMap((row) => row.slice(columns.from, columns.to))
      .filter((id) => id !== null);
    const { size, zoom } = this.#store.choices;
    this.#store.gallery.wantThumbs(ids, thumbSide(size, window.devicePixelRatio || 1));
    if (zoom.scale <= WANTS_FULL) return;
    for (const id of ids) {
      const key = this.#store.gallery.key(id);
      if (this.#fullsUnderWay >= FULLS_AT_ONCE) break;
      if (key === null || this.#fullsFailed.has(key) || this.#store.gallery.full(id) !== null) continue;
      this.#fullsUnderWay++;
      this.#store
        .wantFull(id)
        .catch(() => this.#fullsFailed.add(key))
        .finally(() => this.#fullsUnderWay--);
    }
  }
}

function idIn(arrangement: Arrangement, [row, column]: [number, number]): number | null {
  return arrangement.ids[row]?.[column] ?? null;
}

/** The id in a row that is nearest to a column. */
function nearest(row: readonly (number | null)[], column: number): number | null {
  let best: number | null = null;
  let distance = Infinity;
  for (const [index, id] of row.entries()) {
    if (id !== null && Math.abs(index - column) < distance) {
      best = id;
      distance = Math.abs(index - column);
    }
  }
  return best;
}

/** The id of the cell that an event happened in. */
export function idAt(target: EventTarget | null): number | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>(".fl-cell") : null;
  const id = cell?.dataset.id;
  return id === undefined ? null : Number(id);
}
