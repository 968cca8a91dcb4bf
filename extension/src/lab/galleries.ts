import type { IStateDB } from "@jupyterlab/statedb";
import type { ReadonlyPartialJSONValue } from "@lumino/coreutils";
import type { GalleryHost, GalleryState } from "../gallery/host.js";
import { GalleryWidget } from "./gallery_widget.js";
import { DEFAULTS, type Settings } from "./settings.js";

const STATE = "fluxlab:gallery";

/** The gallery at the side, and those in tabs; one of them is the one in use. */
export class Galleries {
  readonly side: GalleryWidget;
  readonly #host: Omit<GalleryHost, "changed">;
  readonly #title: string;
  readonly #all = new Set<GalleryWidget>();
  readonly #loaded: Promise<unknown>;
  #settings: Settings = DEFAULTS;
  #current: GalleryWidget;

  /** `settings` and the state of the last time come before a gallery is made. */
  constructor(host: Omit<GalleryHost, "changed">, title: string, settings: Promise<Settings>, states: IStateDB | null) {
    this.#host = host;
    this.#title = title;
    this.#loaded = settings.then((loaded) => (this.#settings = loaded));
    const remembered = states?.fetch(STATE).catch(() => undefined) ?? Promise.resolve(undefined);
    const state = remembered.then((found) => (found ?? {}) as Partial<GalleryState>);
    this.side = this.#make("fluxlab-gallery", false, state, (changed) => {
      void states?.save(STATE, changed as unknown as ReadonlyPartialJSONValue);
    });
    this.#current = this.side;
  }

  get current(): GalleryWidget {
    return this.#current.isDisposed ? this.side : this.#current;
  }

  get settings(): Settings {
    return this.#settings;
  }

  tab(state: Partial<GalleryState>, changed: (state: GalleryState) => void): GalleryWidget {
    return this.#make("", true, Promise.resolve(state), changed);
  }

  configure(settings: Settings): void {
    this.#settings = settings;
    for (const gallery of this.#all) gallery.configure(settings);
  }

  setFolder(): void {
    for (const gallery of this.#all) gallery.setFolder();
  }

  #make(
    id: string,
    wide: boolean,
    state: Promise<Partial<GalleryState>>,
    changed: (state: GalleryState) => void,
  ): GalleryWidget {
    const gallery: GalleryWidget = new GalleryWidget({
      id,
      title: this.#title,
      wide,
      changed,
      hostOf: (told) => ({ ...this.#host, changed: told }),
      begin: async () => {
        await this.#loaded;
        return { state: await state, settings: this.#settings };
      },
    });
    this.#all.add(gallery);
    gallery.disposed.connect(() => this.#all.delete(gallery));
    gallery.node.addEventListener("pointerdown", () => (this.#current = gallery), true);
    gallery.node.addEventListener("focusin", () => (this.#current = gallery));
    return gallery;
  }
}
