// What the grid and the kernel say to each other. Everything in it that is text may be hostile: it goes to textContent only.

export interface AxisLabel {
  text: string;
  full: string;
}

export interface Direction {
  name: string;
  labels: AxisLabel[];
  numeric: boolean;
}

export type Status = "ok" | "waiting" | "queued" | "running" | "failed" | "interrupted" | "crashed" | "missing";

export interface Cell {
  id: number;
  /** Index along each direction of the scene. */
  place: number[];
  status: Status;
  cached: boolean;
  lossy: boolean;
  label: string;
  alt: string;
  /** What makes this cell say nothing new, as "same pixels as seed 3". */
  notes: string[];
  uid: string | null;
  /** Changes with the picture; null where there is none. */
  version: string | null;
  width: number;
  height: number;
  error: string | null;
  step: number;
  steps: number;
  stars: number | null;
  rejected: boolean;
  tags: string[];
  note: string | null;
}

export type CellChange = Partial<Cell> & { id: number };

export type RunState = "queued" | "running" | "pausing" | "stopping" | "paused" | "stopped" | "done" | "failed";

export interface Progress {
  state: RunState;
  done: number;
  total: number;
  failed: number;
  cached: number;
  seconds_left: number | null;
  text: string;
}

export type Action = "cancel" | "pause" | "resume" | "rerun" | "seeds" | "base" | "back";

export type NamedText = [name: string, text: string];

export interface Scene {
  id: string;
  /** Titles of the scenes that "back" returns to. */
  trail: string[];
  title: string;
  summary: string;
  directions: Direction[];
  rows: number | null;
  columns: number | null;
  cells: Cell[];
  warnings: string[];
  fixed: NamedText[];
  progress: Progress | null;
  actions: Action[];
  code: string;
}

export interface Parameter {
  name: string;
  text: string;
  differs: boolean;
  base: string | null;
}

export interface Details {
  title: string;
  parameters: Parameter[];
  effective: NamedText[];
  environment: NamedText[];
  code: string;
  path: string | null;
  seconds: number | null;
  notes: string[];
}

export interface Comparison {
  rows: { name: string; values: string[]; same: boolean }[];
  factors: string[];
  warning: string | null;
}

export type MarkChange =
  { stars: number | null } | { rejected: boolean } | { note: string | null } | { tags: string[] };

/** What is asked with a number, and answered under it. */
export type Question =
  { type: "full"; id: number } | { type: "details"; id: number } | { type: "compare"; ids: number[] };

export type ToKernel =
  | { type: "hello" }
  | { type: "thumbs"; ids: number[]; side: number }
  | (Question & { request: number })
  | { type: "mark"; ids: number[]; set: MarkChange }
  | { type: "act"; action: Action; id?: number };

export interface Notice {
  level: "info" | "error";
  text: string;
  trace: string | null;
  /** Tries again what failed; only a model that lives in the page has it. */
  retry?: () => void;
}

/** An answer has the fields of its question's kind. */
export type Reply = { type: "reply"; request: number } & (
  ({ ok: true; mime?: string; details?: Details } & Partial<Comparison>) | { ok: false; error: string }
);

export type FromKernel =
  | { type: "scene"; scene: Scene }
  | { type: "cells"; cells: CellChange[] }
  | { type: "progress"; progress: Progress | null }
  | { type: "thumbs"; ids: number[]; mimes: string[]; versions: string[]; side?: number }
  | { type: "preview"; id: number; step: number; mime?: string }
  | Reply
  | ({ type: "notice" } & Notice);

/** Bytes as the widget manager hands them over. */
export type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** The part of anywidget's model that the grid uses. */
export interface Model {
  /** A style sheet that hides what the notebook keeps for those without a kernel. */
  get(name: "hides"): string | undefined;
  /** Whether it belongs to a form, and shows no images. */
  get(name: "form"): boolean | undefined;
  send(content: ToKernel, callbacks?: unknown, buffers?: Bytes[]): void;
  on(name: string, callback: (...values: never[]) => void): void;
  off(name: string, callback: (...values: never[]) => void): void;
  /** Some hosts show it; where it is missing the class of the view tells. */
  comm_live?: boolean;
  widget_manager?: unknown;
}
