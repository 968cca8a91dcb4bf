import { Widget } from "@lumino/widgets";
import { Gallery, type GalleryHost, type GalleryState, type Item } from "../gallery/host.js";
import { icon } from "./icon.js";
import { changeOf, type Settings } from "./settings.js";

/** What a gallery begins with. */
export interface Beginning {
  state: Partial<GalleryState>;
  settings: Settings;
}

interface GalleryWidgetOptions {
  id: string;
  title: string;
  wide: boolean;
  hostOf: (changed: (state: GalleryState) => void) => GalleryHost;
  begin: () => Promise<Beginning>;
  /** Called with what a reload shall bring back. */
  changed: (state: GalleryState) => void;
}

/** A gallery as a widget of JupyterLab: made when it is first seen. */
export class GalleryWidget extends Widget {
  readonly #host: GalleryHost;
  readonly #options: GalleryWidgetOptions;
  #gallery: Gallery | null = null;
  #state: Partial<GalleryState> = {};
  #settings: Settings | null = null;
  /** What it shall show when it is made. */
  #wanted: Partial<GalleryState> = {};
  #begun: Promise<void> | null = null;

  constructor(options: GalleryWidgetOptions) {
    super();
    this.#options = options;
    this.id = options.id;
    this.addClass("fl-lab-gallery");
    this.title.icon = icon;
    this.title.caption = options.title;
    if (options.wide) this.title.label = options.title;
    this.title.closable = options.wide;
    this.#host = options.hostOf((state) => {
      this.#state = state;
      options.changed(state);
    });
  }

  get state(): Partial<GalleryState> {
    return this.#gallery?.state ?? this.#state;
  }

  get selection(): readonly Item[] {
    return this.#gallery?.selection ?? [];
  }

  refresh(): void {
    this.#gallery?.refresh();
  }

  setFolder(): void {
    this.#gallery?.setFolder();
  }

  /** Shows what another gallery shows; the pictures keep their size, and their groups. */
  go({ catalog, pickedUnder = null, query = "", selected = [], top = null }: Partial<GalleryState>): void {
    if (typeof catalog !== "string") return;
    const wanted = { catalog, pickedUnder, query, selected, top };
    if (this.#gallery === null || this.#settings === null) {
      this.#wanted = wanted;
      return;
    }
    const { state } = this.#gallery;
    const isShown = catalog === state.catalog && query === state.query && selected.join() === state.selected.join();
    if (isShown) return;
    this.#gallery.dispose(); // it tells its state
    this.#make({ state: { ...this.#state, ...wanted }, settings: this.#settings });
  }

  /** Asks for image files to import, when there is a gallery to import them into. */
  async chooseFiles(): Promise<void> {
    await this.#show();
    this.#gallery?.chooseFiles();
  }

  /** The same gallery with other settings: what a person has set stays, but for what these have changed. */
  configure(settings: Settings): void {
    const before = this.#settings;
    if (this.#gallery === null || before === null) return;
    const change = changeOf(before, settings);
    if (change === null) return;
    this.#gallery.dispose(); // it tells its state
    this.#make({ state: { ...this.#state, ...change }, settings });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#gallery?.dispose();
    super.dispose();
  }

  /** A closed tab is gone, and is made anew when it is opened again; the gallery at the side stays. */
  protected override onCloseRequest(): void {
    if (this.#options.wide) this.dispose();
  }

  protected override onBeforeDetach(): void {
    this.#gallery?.hide();
  }

  protected override onAfterShow(): void {
    void this.#show();
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) void this.#show();
  }

  protected override onAfterHide(): void {
    this.#gallery?.hide();
  }

  protected override onActivateRequest(): void {
    void this.#show().then(() => {
      // Without a catalog there is no search box to begin with.
      const all = [".fg-search", "button"].flatMap((what) => [...this.node.querySelectorAll<HTMLElement>(what)]);
      all.find((each) => each.getClientRects().length > 0)?.focus({ preventScroll: true });
    });
  }

  async #show(): Promise<void> {
    await (this.#begun ??= this.#begin());
    if (this.isVisible) this.#gallery?.show();
  }

  async #begin(): Promise<void> {
    const { state, settings } = await this.#options.begin();
    if (!this.isDisposed) this.#make({ state: { ...state, ...this.#wanted }, settings });
  }

  #make({ state, settings }: Beginning): void {
    const { wide } = this.#options;
    const { pageSize, catalog: catalogFolder } = settings;
    this.#settings = settings;
    this.#state = { side: settings.thumbnailSize, ...state };
    this.#gallery = new Gallery(this.#host, { state: this.#state, pageSize, catalogFolder, wide });
    this.node.append(this.#gallery.root);
    if (this.isVisible) this.#gallery.show();
  }
}
