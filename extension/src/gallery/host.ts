// What the gallery asks of the page it stands in, and all that the page needs of the gallery.
import type { Http } from "../api/http.js";
import type { Item } from "../api/types.js";
import type { Trans, Translate } from "../grid/translate.js";
import type { Lines } from "./lines.js";

export { errorOf, type Http, HttpError, unreachable } from "../api/http.js";
export type { Item } from "../api/types.js";
export type { Translate } from "../grid/translate.js";
export { Gallery } from "./gallery.js";
export { Lines } from "./lines.js";

export type Grouping = "day" | "sweep" | "none";

/** How a person has set the gallery: what a reload brings back. */
export interface GalleryState {
  /** Id of the catalog. */
  catalog: string | null;
  /** The `catalogFolder` under which a person chose that catalog; null where nobody did. */
  pickedUnder: string | null;
  query: string;
  group: Grouping;
  /** Side of a picture in CSS pixels. */
  side: number;
  /** Uids. */
  selected: string[];
  /** Uid of the first image in the window; null where that is the newest. */
  top: string | null;
}

export type GalleryAction = "insert" | "show" | "frame" | "grid" | "panel" | "recipe" | "compare" | "sweep" | "tab";

/** What a drag of images carries under `DRAG_TYPE`, as JSON. */
export interface Dragged {
  catalog: string;
  uids: string[];
}

export const DRAG_TYPE = "application/x-fluxlab";

export interface GalleryHost {
  readonly translate: Translate;
  /** The same, for what the gallery shares with the grid. */
  readonly trans: Trans;
  readonly http: Http;
  /** The same for all galleries of a window. */
  readonly lines: Lines;
  /** Whether a gallery can be opened as a tab. */
  readonly hasTabs: boolean;
  /** "sweep" comes with one image of the run; "tab" with none or with what is selected. */
  act(action: GalleryAction, catalog: string, items: readonly Item[]): void;
  changed(state: GalleryState): void;
  /** Of the file browser, relative to the server's root: the nearest catalog is shown first. */
  folder(): string;
}

export interface GalleryOptions {
  state: Partial<GalleryState>;
  /** Images a request, 1 to 500. */
  pageSize: number;
  /** Folder of the catalog to show, unless a person chooses another; "" where none is set. */
  catalogFolder: string;
  /** In the main area, not in a sidebar. */
  wide: boolean;
}
