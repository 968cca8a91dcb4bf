import { CompareBar } from "./compare_bar.js";
import { element } from "./element.js";
import { Heading } from "./heading.js";
import { commandOf, type Command } from "./keyboard.js";
import { idAt, Matrix } from "./matrix.js";
import { Notices } from "./notices.js";
import { keepKeys } from "./own_keys.js";
import { ProgressBar } from "./progress.js";
import { SheetView } from "./sheet.js";
import type { Store } from "./store.js";
import { Toolbar } from "./toolbar.js";
import { showZoom, WHOLE, zoomedAt } from "./zoom.js";

/** One view of a store: draws at most once a frame, and only what has changed. */
export class View {
  readonly root = element("div", { class: "fluxlab-image-grid" });
  readonly #store: Store;
  readonly #matrix: Matrix;
  readonly #sheet: SheetView;
  readonly #compareBar: CompareBar;
  readonly #parts: readonly { draw(): void }[];
  readonly #notices: Notices;
  readonly #resized = new ResizeObserver(() => {
    this.#schedule();
  });
  readonly #unsubscribe: () => void;
  readonly #releaseKeys = keepKeys(() => this.root);
  #frame: number | null = null;

  constructor(store: Store) {
    this.#store = store;
    const schedule = (): void => {
      this.#schedule();
    };
    this.#matrix = new Matrix(store, schedule);
    this.#notices = new Notices(store, () => {
      this.#matrix.focus();
    });
    this.#sheet = new SheetView(store, this.#matrix.root, () => {
      this.#matrix.focus();
    });
    this.#compareBar = new CompareBar(store);
    const heading = new Heading(store);
    const toolbar = new Toolbar(store);
    const progress = new ProgressBar(store);
    this.#parts = [this.#notices, heading, progress, toolbar, this.#compareBar, this.#matrix, this.#sheet];
    const stage = element("div", { class: "fl-stage" }, this.#matrix.root, this.#sheet.root);
    this.root.append(this.#notices.root, heading.root, progress.root, toolbar.root, this.#compareBar.root, stage);
    this.root.addEventListener("keydown", (event) => {
      this.#pressed(event);
    });
    this.#matrix.root.addEventListener("dblclick", (event) => {
      const id = idAt(event.target);
      if (id !== null) store.choose({ sheet: { show: "cell", id } });
    });
    this.root.addEventListener("focusin", () => {
      store.focusHolder = this.root;
    });
    this.root.addEventListener("focusout", () => {
      // Removing an element takes its focus away, too; whether it was removed shows only afterwards.
      queueMicrotask(() => {
        const left = this.root.isConnected && !this.root.contains(document.activeElement);
        if (left && store.focusHolder === this.root) store.focusHolder = null;
      });
    });
    this.#unsubscribe = store.subscribe(schedule);
    this.#resized.observe(this.#matrix.root);
    this.#schedule();
  }

  dispose(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#unsubscribe();
    this.#releaseKeys();
    this.#resized.disconnect();
    this.#matrix.dispose();
    this.#sheet.dispose();
    this.#notices.dispose();
    this.root.remove();
    // Another view may stand in the page already, and shall see that it is to have the focus.
    if (this.#store.focusHolder === this.root) this.#store.choose({});
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }

  #draw(): void {
    this.root.toggleAttribute("data-gone", this.#store.kernel === "gone");
    showZoom(this.root, this.#store.choices.zoom);
    for (const part of this.#parts) part.draw();
    this.#inheritFocus();
  }

  /** Takes the focus of a view that was removed while it had it, unless somebody else has it by now. */
  #inheritFocus(): void {
    const { focusHolder, scene } = this.#store;
    if (!focusHolder || focusHolder.isConnected || !this.root.isConnected || !scene) return;
    this.#store.focusHolder = null;
    const active = document.activeElement;
    if (active === null || active.contains(this.root)) this.#matrix.focus();
  }

  #pressed(event: KeyboardEvent): void {
    const command = event.defaultPrevented ? null : commandOf(event);
    if (!command) return;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
    const onControl = event.target instanceof Element && event.target.closest("button, summary, a") !== null;
    if ((typing && command.do !== "close") || (onControl && command.do === "open")) return;
    if (this.#obey(command)) event.preventDefault();
  }

  /** True where the command meant something; a key that did not is left to the browser. */
  #obey(command: Command): boolean {
    const store = this.#store;
    const { focus, zoom, sheet } = store.choices;
    switch (command.do) {
      case "zoom":
        store.choose({ zoom: zoomedAt(zoom, command.factor) });
        return true;
      case "whole":
        store.choose({ zoom: WHOLE });
        return true;
      case "help":
        store.choose({ sheet: sheet?.show === "help" ? null : { show: "help" } });
        return true;
      case "close":
        if (sheet) store.choose({ sheet: null });
        return sheet !== null;
      case "compare":
        return this.#compareBar.compare();
      default:
        return focus !== null && this.#obeyCell(command, focus);
    }
  }

  #obeyCell(command: Command, focus: number): boolean {
    const store = this.#store;
    const { sheet } = store.choices;
    const cell = store.cells.get(focus);
    if (!cell || (sheet && sheet.show !== "cell")) return false;
    switch (command.do) {
      case "move":
        this.#matrix.move(command.motion);
        if (sheet && store.choices.focus !== null) store.choose({ sheet: { show: "cell", id: store.choices.focus } });
        return true;
      case "open":
        store.choose({ sheet: { show: "cell", id: focus } });
        return true;
      case "star":
        store.mark([focus], { stars: cell.stars === null ? 5 : null });
        return true;
      case "rate":
        store.mark([focus], { stars: command.stars });
        return true;
      case "reject":
        store.mark([focus], { rejected: !cell.rejected });
        return true;
      case "mark":
        if (!store.toggleMarked(focus)) {
          const text = store.trans.__("Four cells are marked: press v to compare them.");
          store.notify({ level: "info", text, trace: null });
        }
        return true;
      default:
        return false;
    }
  }
}
