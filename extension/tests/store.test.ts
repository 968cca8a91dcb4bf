import { afterEach, beforeEach, expect, test } from "vitest";
import { FULLS_KEPT, THUMBS_KEPT } from "../src/grid/gallery.js";
import { Store, type Topic } from "../src/grid/store.js";
import { BYTES, cell, Kernel, scene } from "./kernel.js";

let kernel: Kernel;
let store: Store;
const alive = new Set<string>();
const createObjectURL = URL.createObjectURL.bind(URL);
const revokeObjectURL = URL.revokeObjectURL.bind(URL);

beforeEach(() => {
  URL.createObjectURL = (blob: Blob): string => {
    const url = createObjectURL(blob);
    alive.add(url);
    return url;
  };
  URL.revokeObjectURL = (url: string): void => {
    alive.delete(url);
    revokeObjectURL(url);
  };
  kernel = new Kernel();
  store = new Store(kernel);
});

afterEach(() => {
  store.dispose();
  URL.createObjectURL = createObjectURL;
  URL.revokeObjectURL = revokeObjectURL;
});

function sayThumbs(ids: readonly number[]): void {
  const versions = ids.map((id) => `v${id}`);
  kernel.say(
    { type: "thumbs", ids: [...ids], mimes: ids.map(() => "image/webp"), versions },
    ...ids.map(() => new DataView(BYTES.buffer)),
  );
}

test("a store greets the kernel and shows what it answers", () => {
  expect(kernel.sent).toEqual([{ type: "hello" }]);
  expect(store.kernel).toBe("silent");
  kernel.say({ type: "scene", scene: scene({ seed: 3, prompt: 2 }) });
  expect(store.kernel).toBe("live");
  expect(store.cells.size).toBe(6);
  expect(store.choices.layout).toEqual({ rows: 1, columns: 0, selected: [0, 0] });
  expect(store.choices.focus).toBe(0);
});

test("changed fields are merged, and cells that nobody knows are left out", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 2 }) });
  const topics: Topic[] = [];
  store.subscribe((topic) => topics.push(topic));
  kernel.say({
    type: "cells",
    cells: [
      { id: 1, stars: 4 },
      { id: 99, stars: 1 },
    ],
  });
  expect(store.cells.get(1)).toEqual(cell(1, { stars: 4 }));
  expect(store.cells.size).toBe(2);
  expect(topics).toEqual(["cells"]);
});

test("a new answer to the same question keeps how the view was set, and another scene does not", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 3, prompt: 2 }) });
  store.choose({ layout: { rows: 0, columns: 1, selected: [0, 0] }, focus: 4, marked: [1, 5], size: 96 });
  const fewer = scene({ seed: 3, prompt: 2 });
  fewer.cells.pop();
  kernel.say({ type: "scene", scene: fewer });
  expect(store.choices).toMatchObject({ layout: { rows: 0, columns: 1 }, focus: 4, marked: [1], size: 96 });
  kernel.say({ type: "scene", scene: scene({ guidance: 3 }, { id: "other" }) });
  expect(store.choices).toMatchObject({ layout: { rows: null, columns: 0 }, focus: 0, marked: [], size: 96 });
});

test("thumbnails are asked for once, in one message, and only for cells that have a picture", () => {
  const three = scene({ seed: 3 });
  three.cells[1] = cell(1, { version: null, status: "waiting" });
  kernel.say({ type: "scene", scene: three });
  store.gallery.wantThumbs([0, 1, 2], 128);
  store.gallery.wantThumbs([0, 1, 2], 128);
  expect(kernel.sentOf("thumbs")).toEqual([{ type: "thumbs", ids: [0, 2], side: 128 }]);
  sayThumbs([0, 2]);
  expect(store.gallery.thumb(0)).toMatch(/^blob:/);
  expect(store.gallery.thumb(1)).toBeNull();
});

test("what was scrolled away is not asked for again, and what comes into the window is", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 6 }) });
  store.gallery.wantThumbs([0, 1, 2], 128);
  store.gallery.wantThumbs([2, 3, 4], 128);
  expect(kernel.sentOf("thumbs").at(-1)?.ids).toEqual([2, 3, 4]);
  store.gallery.wantThumbs([0, 1], 128);
  expect(kernel.sentOf("thumbs").at(-1)?.ids).toEqual([0, 1]);
});

test("a picture of an older version is never shown for the newer one", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 1 }) });
  store.gallery.wantThumbs([0], 128);
  sayThumbs([0]);
  kernel.say({ type: "cells", cells: [{ id: 0, version: "again" }] });
  expect(store.gallery.thumb(0)).toBeNull();
  store.gallery.wantThumbs([0], 128);
  expect(kernel.sentOf("thumbs")).toHaveLength(2);
});

test("pictures of another scene are not shown for its cells of the same number", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 1 }) });
  store.gallery.wantThumbs([0], 128);
  sayThumbs([0]);
  kernel.say({ type: "scene", scene: scene({ seed: 1 }, { id: "other" }) });
  expect(store.gallery.thumb(0)).toBeNull();
  expect(alive.size).toBe(0);
});

test("larger thumbnails are asked for while the smaller ones are shown", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 1 }) });
  store.gallery.wantThumbs([0], 128);
  sayThumbs([0]);
  const small = store.gallery.thumb(0);
  store.gallery.wantThumbs([0], 512);
  expect(kernel.sentOf("thumbs").at(-1)).toEqual({ type: "thumbs", ids: [0], side: 512 });
  expect(store.gallery.thumb(0)).toBe(small);
});

test("pictures are bounded, and their URLs revoked when they are dropped and in the end", async () => {
  kernel.say({ type: "scene", scene: scene({ seed: 500 }) });
  for (let start = 0; start < 500; start += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => start + index);
    store.gallery.wantThumbs(ids, 128);
    sayThumbs(ids);
  }
  expect(alive.size).toBe(THUMBS_KEPT);
  expect(store.gallery.thumb(0)).toBeNull();
  expect(store.gallery.thumb(499)).not.toBeNull();
  for (let id = 0; id < 80; id++) {
    const full = store.wantFull(id);
    kernel.say({ type: "reply", request: kernel.question("full").request, ok: true, mime: "image/png" }, BYTES);
    await full;
  }
  expect(alive.size).toBe(THUMBS_KEPT + FULLS_KEPT);
  store.dispose();
  expect(alive.size).toBe(0);
  expect(kernel.listeners).toBe(0);
});

test("a window with more cells than are kept otherwise keeps them all", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 500 }) });
  const ids = Array.from({ length: 500 }, (_, id) => id);
  store.gallery.wantThumbs(ids, 128);
  sayThumbs(ids);
  expect(ids.every((id) => store.gallery.thumb(id) !== null)).toBe(true);
});

test("a preview is shown while its cell runs and dropped afterwards", () => {
  const one = scene({ seed: 1 });
  one.cells[0] = cell(0, { status: "running", version: null });
  kernel.say({ type: "scene", scene: one });
  kernel.say({ type: "preview", id: 0, step: 5 }, BYTES);
  expect(store.cells.get(0)?.step).toBe(5);
  expect(store.gallery.preview(0)).toMatch(/^blob:/);
  kernel.say({ type: "cells", cells: [{ id: 0, status: "ok", version: "v0" }] });
  expect(store.gallery.preview(0)).toBeNull();
  expect(alive.size).toBe(0);
});

test("answers find their questions, in whatever order, and an error is a sentence", async () => {
  kernel.say({ type: "scene", scene: scene({ seed: 2 }) });
  const first = store.compare([0, 1]);
  const asked = kernel.question("compare").request;
  const second = store.details(1);
  kernel.say({ type: "reply", request: kernel.question("details").request, ok: false, error: "Cell 1 is gone." });
  kernel.say({ type: "reply", request: asked, ok: true, rows: [], factors: ["seed"], warning: null });
  await expect(second).rejects.toThrow("Cell 1 is gone.");
  await expect(first).resolves.toEqual({ rows: [], factors: ["seed"], warning: null });
});

test("a full image that two ask for is asked for once", async () => {
  kernel.say({ type: "scene", scene: scene({ seed: 1 }) });
  const both = [store.wantFull(0), store.wantFull(0)];
  expect(kernel.sentOf("full")).toHaveLength(1);
  kernel.say({ type: "reply", request: kernel.question("full").request, ok: true, mime: "image/png" }, BYTES);
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
});

test("marks show at once and go to the kernel", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 2 }) });
  store.mark([1], { rejected: true });
  expect(store.cells.get(1)?.rejected).toBe(true);
  expect(kernel.sent.at(-1)).toEqual({ type: "mark", ids: [1], set: { rejected: true } });
});

test("with the kernel gone, questions fail, nothing is marked, and nothing is sent", async () => {
  kernel.say({ type: "scene", scene: scene({ seed: 2 }) });
  const waiting = store.details(0);
  store.loseKernel();
  await expect(waiting).rejects.toThrow("The kernel has stopped");
  const before = kernel.sent.length;
  await expect(store.wantFull(0)).rejects.toThrow("The kernel has stopped");
  store.mark([0], { stars: 5 });
  store.act("cancel");
  store.gallery.wantThumbs([0, 1], 128);
  expect(store.cells.get(0)?.stars).toBeNull();
  expect(store.notices.at(-1)?.text).toContain("The kernel has stopped");
  expect(kernel.sent).toHaveLength(before);
});

test("a kernel that speaks again is there again", async () => {
  store.loseKernel();
  kernel.say({ type: "scene", scene: scene({ seed: 2 }) });
  expect(store.kernel).toBe("live");
  store.gallery.wantThumbs([0, 1], 128);
  expect(kernel.sentOf("thumbs")).toHaveLength(1);
  const details = store.details(0);
  kernel.say({ type: "reply", request: kernel.question("details").request, ok: false, error: "No." });
  await expect(details).rejects.toThrow("No.");
});

test("four cells can be marked for a comparison and a fifth cannot", () => {
  kernel.say({ type: "scene", scene: scene({ seed: 6 }) });
  expect([0, 1, 2, 3, 4].map((id) => store.toggleMarked(id))).toEqual([true, true, true, true, false]);
  store.toggleMarked(1);
  expect(store.choices.marked).toEqual([0, 2, 3]);
});

test("of many notices the last ones stay", () => {
  for (let number = 0; number < 9; number++) {
    kernel.say({ type: "notice", level: "info", text: String(number), trace: null });
  }
  expect(store.notices.map((notice) => notice.text)).toEqual(["4", "5", "6", "7", "8"]);
});
