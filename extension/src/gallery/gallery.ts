import { element } from "../grid/element.js";
import { isShortcut, keepKeys } from "../grid/own_keys.js";
import { Actions } from "./actions.js";
import { DetailsPane } from "./details_pane.js";
import { dragImages, takeFiles } from "./drag.js";
import { Facets } from "./facets.js";
import { Header } from "./header.js";
import { ImportButton } from "./import_button.js";
import type { GalleryHost, GalleryOptions, GalleryState, Item } from "./host.js";
import { List } from "./list.js";
import { Messages } from "./messages.js";
import { Newest } from "./newest.js";
import { listenTo } from "./pressing.js";
import { SearchBox } from "./search_box.js";
import { Store } from "./store.js";

/** Milliseconds between changes and their being told to the page. */
const REMEMBER = 300;

/** The images of a catalog: to look at, to search, to mark, and to bring into a notebook. Asks nothing before `show`. */
export class Gallery {
  readonly root: HTMLElement;
  readonly #store: Store;
  readonly #importing: ImportButton;
  readonly #parts: readonly { draw(): void }[];
  readonly #list: List;
  readonly #details: DetailsPane;
  readonly #stop = new AbortController();
  readonly #releaseKeys = keepKeys(() => this.root, isShortcut);
  readonly #resized = new ResizeObserver(() => {
    this.#schedule();
  });
  #frame: number | null = null;
  #remembered: string;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #shown = false;

  constructor(host: GalleryHost, options: GalleryOptions) {
    const schedule = (): void => {
      this.#schedule();
    };
    const store = (this.#store = new Store(host, options, schedule));
    this.#importing = new ImportButton(store);
    this.#remembered = JSON.stringify(store.state);
    const list = (this.#list = new List(store, schedule));
    const header = new Header(store, options.wide, this.#importing.root);
    const search = new SearchBox(store);
    const facets = new Facets(store);
    const messages = new Messages(store);
    const newest = new Newest(store, list);
    const actions = new Actions(store);
    const details = (this.#details = new DetailsPane(store, list));
    this.#parts = [header, search, facets, messages, list, newest, actions, details];
    const stage = element("div", { class: "fg-stage" }, newest.root, list.root, messages.empty);
    const beside = element("div", { class: "fg-beside" }, actions.root, details.root);
    const top = element("div", { class: "fg-top" }, header.root, search.root, facets.root, messages.root);
    this.root = element(
      "div",
      { class: "fluxlab-gallery", "data-wide": options.wide },
      top,
      element("div", { class: "fg-body" }, stage, beside),
    );
    const { signal } = this.#stop;
    listenTo(store, list, signal);
    dragImages(store, list.root, signal);
    takeFiles(store, this.root, signal);
    document.addEventListener(
      "visibilitychange",
      () => {
        this.#follow();
      },
      { signal },
    );
    this.#resized.observe(list.root);
    this.#schedule();
  }

  /** In the order in which they were selected. */
  get selection(): readonly Item[] {
    return this.#store.chosenItems;
  }

  /** What a reload shall bring back. */
  get state(): GalleryState {
    return { ...this.#store.state, selected: [...this.#store.state.selected] };
  }

  /** Asks the server anew. */
  refresh(): void {
    this.#store.refresh();
  }

  /** Asks for image files to import. */
  chooseFiles(): void {
    this.#importing.choose();
  }

  /** It is in sight, as far as the window is: it listens to the server from now on. */
  show(): void {
    this.#shown = true;
    this.#follow();
    this.#schedule();
  }

  /** It is out of sight. */
  hide(): void {
    this.#shown = false;
    this.#follow();
  }

  /** The file browser shows another folder. */
  setFolder(): void {
    this.#store.setFolder();
  }

  dispose(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#remember();
    this.#stop.abort();
    this.#releaseKeys();
    this.#resized.disconnect();
    this.#list.dispose();
    this.#details.dispose();
    this.#store.dispose();
    this.root.remove();
  }

  #follow(): void {
    if (this.#shown && !document.hidden) this.#store.show();
    else this.#store.hide();
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#store.settle();
      for (const part of this.#parts) part.draw();
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#remember();
      }, REMEMBER);
    });
  }

  #remember(): void {
    const state = JSON.stringify(this.#store.state);
    if (state === this.#remembered) return;
    this.#remembered = state;
    this.#store.host.changed(this.state);
  }
}
