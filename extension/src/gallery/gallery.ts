import { element } from "../grid/element.js";
import type { GalleryHost, GalleryOptions, Item } from "./host.js";

/** The images of a catalog. */
export class Gallery {
  readonly root: HTMLElement = element("div", { class: "fluxlab-gallery" });

  constructor(_host: GalleryHost, _options: GalleryOptions) {
    this.root.append();
  }

  get selection(): readonly Item[] {
    return [];
  }

  /** Asks the server anew. */
  refresh(): void {
    this.root.append();
  }

  /** It is in sight: it goes on listening to the server. */
  show(): void {
    this.root.append();
  }

  /** It is out of sight. */
  hide(): void {
    this.root.append();
  }

  /** The file browser shows another folder. */
  setFolder(): void {
    this.root.append();
  }

  dispose(): void {
    this.root.remove();
  }
}
