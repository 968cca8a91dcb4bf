// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpError } from "../../src/api/http.js";
import { Facets } from "../../src/gallery/facets.js";
import type { GalleryHost } from "../../src/gallery/host.js";
import { Store as GalleryStore } from "../../src/gallery/store.js";
import type { Cell } from "../../src/grid/protocol.js";
import type { Translate } from "../../src/grid/translate.js";
import { firstNotebook } from "../../src/lab/first_notebook.js";
import { CompareView } from "../../src/tabs/compare_view.js";
import { ServerModel } from "../../src/tabs/server_model.js";
import { SweepView } from "../../src/tabs/sweep_view.js";
import type { TabView } from "../../src/tabs/tab.js";
import { drawn, scene } from "../kernel.js";
import { dataFrom, marking, untranslated } from "../marked.js";
import { GridServer } from "./grid_server.js";

const pixels = vi.hoisted(() => ({ sizes: [] as number[], broken: false, waits: false }));
vi.mock(import("../../src/grid/difference.js"), async (original) => ({
  ...(await original()),
  pixelsOf: () => {
    if (pixels.waits) return new Promise(() => undefined);
    if (pixels.broken) return Promise.reject(new DOMException("The source image cannot be decoded.", "EncodingError"));
    const side = pixels.sizes.shift() ?? 1;
    return Promise.resolve({ width: side, height: side, values: new Uint8ClampedArray(4 * side * side) });
  },
}));

const SPECIAL: Partial<Cell>[] = [
  { rejected: true, stars: 1, note: "note", tags: ["tag"] },
  { cached: true, lossy: true, stars: 3, notes: ["same pixels as seed 1"] },
  { status: "waiting" },
  { status: "queued" },
  { status: "running", steps: 0 },
  { status: "running", step: 3, steps: 8 },
  { status: "failed", error: "out of memory" },
  { status: "interrupted" },
  { status: "crashed" },
  { status: "missing" },
];

const say: Translate = (text, ...values) => marking.__(text, ...values);

let server: GridServer;
let view: TabView | null = null;

beforeEach(() => {
  server = new GridServer();
  vi.stubGlobal(
    "ImageData",
    class {
      readonly data: Uint8ClampedArray;
      constructor(width: number, height: number) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    },
  );
});

afterEach(() => {
  view?.dispose();
  view = null;
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

async function checked(): Promise<void> {
  await drawn();
  expect(document.body.textContent).toContain("⟦");
  expect(untranslated(document.body)).toEqual([]);
}

async function openSweep(): Promise<HTMLElement> {
  const sweep = new SweepView(
    new ServerModel(dataFrom(server), "c1", { run: "r1" }, marking),
    marking,
    () => undefined,
  );
  view = sweep;
  document.body.append(sweep.root);
  await vi.waitFor(() => {
    expect(sweep.root.querySelector(".fl-cell")).not.toBeNull();
  });
  return sweep.root;
}

async function press(key: string): Promise<void> {
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  await checked();
}

async function pressAll(root: Element, selector: string): Promise<void> {
  for (const button of root.querySelectorAll<HTMLButtonElement>(selector)) {
    button.click();
    await checked();
  }
}

test("a sweep: toolbar, axes, every state of a cell, notices and keys", async () => {
  const made = scene({ seed: 3, prompt: 4, guidance: 2, steps: 8 });
  server.change = { ...made, warnings: ["warning"], fixed: [["model", "nano"]], summary: "summary", code: "Sweep()" };
  const inSight = made.cells.filter(({ place }) => place[2] === 0 && place[3] === 0);
  for (const [index, change] of SPECIAL.entries()) server.cells.set(inSight[index]?.id ?? -1, change);
  server.axes = ["seed", "height"];
  const root = await openSweep();
  await checked();
  expect(root.querySelectorAll(".fl-sign").length).toBeGreaterThan(SPECIAL.length);
  root.querySelector<HTMLElement>('.fl-cell[tabindex="0"]')?.focus();
  for (const key of ["c", "ArrowRight", "c", "ArrowRight", "c", "ArrowDown", "c", "ArrowDown", "c"]) await press(key);
  expect(root.querySelector(".fl-notice")).not.toBeNull();
  server.failure = new HttpError(500, "The server answered 500.");
  await press("3");
  await vi.waitFor(() => {
    expect(root.querySelector('.fl-notice [type="button"]')).not.toBeNull();
    expect(root.querySelector('.fl-notice[data-level="error"]')).not.toBeNull();
  });
  await checked();
  server.failure = null;
  await press("?");
  expect(root.querySelector(".fl-sheet kbd")).not.toBeNull();
  await press("Escape");
  await press("v");
  expect(root.querySelector(".fl-sheet .fl-compare")).not.toBeNull();
});

test("a sweep: all about one cell, and what failed of it", async () => {
  const root = await openSweep();
  root.querySelector<HTMLElement>('.fl-cell[tabindex="0"]')?.focus();
  server.failure = new HttpError(0, "");
  await press("Enter");
  await vi.waitFor(() => {
    expect(root.querySelector("[data-failed] button")).not.toBeNull();
  });
  await checked();
  server.failure = null;
  server.details = {
    parameters: [
      { name: "seed", text: "1", differs: true, base: null },
      { name: "steps", text: "8", differs: true, base: "4" },
    ],
    effective: [["guidance", "1"]],
    environment: [["torch", "2"]],
    code: "Recipe()",
    path: "images/a.png",
    seconds: 1.5,
    notes: ["same pixels as seed 2"],
  };
  server.slow = "";
  await pressAll(root, "[data-failed] button");
  expect(root.querySelector('[data-failed] [role="alert"]')?.textContent).toContain("Trying");
  server.slow = null;
  server.go();
  await vi.waitFor(() => {
    expect(root.querySelectorAll(".fl-details summary")).toHaveLength(4);
  });
  await checked();
  const write = vi.spyOn(navigator.clipboard, "writeText");
  for (const copied of [true, false]) {
    write.mockImplementation(() => (copied ? Promise.resolve() : Promise.reject(new Error("no clipboard"))));
    await pressAll(root, ".fl-code button");
  }
});

async function openComparison(): Promise<HTMLElement> {
  const model = new ServerModel(dataFrom(server), "c1", { uids: ["u0", "u1", "u2"] }, marking);
  view = new CompareView(model, marking);
  document.body.append(view.root);
  await vi.waitFor(() => {
    expect(view?.root.querySelector("[data-mode]")).not.toBeNull();
  });
  return view.root;
}

test("a comparison: while it loads, and where nothing differs", async () => {
  server.factors = [];
  server.slow = "/images/";
  const root = await openComparison();
  expect(root.textContent).toContain("Waiting");
  await checked();
  server.slow = null;
  server.go();
  await vi.waitFor(() => {
    server.go();
    expect(root.textContent).toContain("No parameter differs");
  });
  await checked();
});

test("a comparison: every way to compare, and what differs", async () => {
  for (const id of [0, 1, 2]) server.cells.set(id, { lossy: true });
  const root = await openComparison();
  await vi.waitFor(() => {
    expect(root.querySelector(".fl-recipes table")).not.toBeNull();
    expect(root.querySelector("figure")).not.toBeNull();
  });
  expect(root.querySelectorAll("[data-mode]")).toHaveLength(4);
  await pressAll(root, "[data-mode]");
  expect(root.querySelector(".fl-numbers")?.textContent).toContain("No difference");
  const select = root.querySelector('select[aria-label*="First"]');
  for (const change of [{ waits: true }, { waits: false, sizes: [1, 2] }, { broken: true }]) {
    Object.assign(pixels, change);
    select?.dispatchEvent(new Event("change"));
    await checked();
  }
  expect(root.querySelector(".fl-numbers")?.textContent).toContain("cannot read");
});

test("the names of the facets, and the texts of the first notebook", async () => {
  const fields = ["model", "lora", "tag", "stars", "status", "scheduler", "steps", "guidance", "size", "source"];
  const store = new GalleryStore(
    { translate: say, trans: marking, http: server, folder: () => "" } as unknown as GalleryHost,
    { state: {}, pageSize: 100, catalogFolder: "", wide: false },
    () => undefined,
  );
  vi.spyOn(store.client, "facets").mockResolvedValue({
    facets: fields.map((field) => ({ field, values: [{ text: "«value»", words: "a:b", count: 2 }], more: 1 })),
  });
  store.open = { entry: { id: "c1", problem: null }, listing: {}, version: "1", answered: "" } as never;
  const facets = new Facets(store);
  document.body.append(facets.root);
  facets.root.open = true;
  facets.draw();
  await vi.waitFor(() => {
    expect(facets.root.querySelectorAll("details")).toHaveLength(fields.length);
  });
  await checked();
  const markdown = firstNotebook(say).filter(({ type }) => type === "markdown");
  document.body.replaceChildren(...markdown.map(({ source }) => document.createTextNode(source)));
  await checked();
});
