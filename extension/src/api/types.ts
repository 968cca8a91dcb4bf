// The JSON of the server's routes. Everything in it that is text may be hostile: it goes to textContent only.
import type { Details } from "../grid/protocol.js";

export type { Comparison, Details, Scene } from "../grid/protocol.js";

export interface CatalogEntry {
  id: string;
  name: string;
  /** The folder that holds `.fluxlab`, relative to the server's root where it is inside; "" is the root itself. */
  folder: string;
  /** What Python code gives to `Catalog`. */
  path: string;
  images: number | null;
  /** Why it cannot be used, in one sentence. */
  problem: string | null;
}

export interface CatalogList {
  catalogs: CatalogEntry[];
  version: string;
}

export type ItemStatus = "started" | "ok" | "failed" | "interrupted" | "crashed";

export interface ItemLora {
  name: string;
  strength: number | null;
}

/** One generation as the gallery shows it. */
export interface Item {
  uid: string;
  /** ISO, in UTC. */
  created: string;
  status: ItemStatus;
  prompt: string | null;
  negative_prompt?: string | null;
  model: string | null;
  /** A number of up to 64 bits, which JavaScript could not hold. */
  seed: string | null;
  steps: number | null;
  guidance: number | null;
  width: number | null;
  height: number | null;
  scheduler: string | null;
  loras: ItemLora[];
  mode: string | null;
  /** "fluxlab", or the program that an imported image was made with. */
  source: string;
  run: string | null;
  run_name: string | null;
  seconds: number | null;
  stars: number | null;
  rejected: boolean;
  tags: string[];
  note: string | null;
  error: string | null;
  /** Digest of the image file; null where there is none. */
  image: string | null;
}

/** Items newest first. */
export interface Page {
  items: Item[];
  /** Where the next page begins; null after the last one. */
  next: string | null;
  /** How many answer the query. */
  total: number;
  /** Changes with the catalog. */
  version: string;
}

export interface ItemDetails {
  item: Item;
  details: Details;
}

export interface FacetValue {
  text: string;
  /** The words that ask for it, as "model:nano". */
  words: string;
  count: number;
}

export interface Facet {
  field: string;
  values: FacetValue[];
  /** How many values there are besides these. */
  more?: number;
}

export interface FacetList {
  facets: Facet[];
}

export type FieldKind = "text" | "number" | "yes_no" | "choice";

/** A field of the query words. */
export interface WordField {
  name: string;
  kind: FieldKind;
  /** As they are typed, in quotes where they need them. */
  values: string[];
  help: string;
}

export interface WordList {
  fields: WordField[];
}

export type MarkSet =
  | { stars: number | null }
  | { rejected: boolean }
  | { note: string | null }
  | { tags: string[] }
  | { tag: string }
  | { untag: string };

export interface Marked {
  items: Item[];
}

export type CodeKind = "generate" | "show" | "frame" | "grid" | "panel" | "recipe";

export interface Code {
  code: string;
}

export interface Imported {
  item: Item;
  /** False where the catalog had it already. */
  new: boolean;
}

/** What the stream of events says. */
export interface Change {
  version: string;
  total: number;
}

export interface ErrorBody {
  message: string;
  field: string | null;
}
