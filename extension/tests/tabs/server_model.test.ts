// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpError, unreachable } from "../../src/api/http.js";
import { Store } from "../../src/grid/store.js";
import { english } from "../../src/grid/translate.js";
import { CompareView } from "../../src/tabs/compare_view.js";
import { ServerModel } from "../../src/tabs/server_model.js";
import { SweepView } from "../../src/tabs/sweep_view.js";
import { GridServer } from "./grid_server.js";

const LIMIT = 4;

let server: GridServer;
const alive = new Set<string>();

beforeEach(() => {
  server = new GridServer();
  let made = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    const url = `blob:${++made}`;
    alive.add(url);
    return url;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => {
    alive.delete(url);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  alive.clear();
});

async function opened(): Promise<{ model: ServerModel; store: Store }> {
  const model = new ServerModel(server, "c1", { run: "r1" });
  const store = new Store(model);
  await vi.waitFor(() => {
    expect(store.cells.size).toBe(6);
  });
  return { model, store };
}

test("a grid is asked for with its run, and again with the axes that are chosen", async () => {
  const { model, store } = await opened();
  expect(server.asked).toEqual(["catalogs/c1/grid?run=r1"]);
  expect(model.names).toEqual(["seed", "prompt"]);
  await model.load({ x: "seed", y: "" });
  expect(server.asked[1]).toBe("catalogs/c1/grid?run=r1&x=seed");
  store.dispose();
});

test("nobody is told to wait for a kernel, and what fails is said", async () => {
  server.failure = new HttpError(409, "The catalog is newer.", { told: true });
  const model = new ServerModel(server, "c1", { uids: ["a", "b"] });
  const told: (string | null)[] = [];
  model.onTrouble((reason) => told.push(reason));
  const store = new Store(model);
  await vi.waitFor(() => {
    expect(told).toEqual(["The catalog is newer."]);
  });
  expect(server.asked).toEqual(["catalogs/c1/grid?uids=a%2Cb"]);
  expect(store.kernel).toBe("live");
  store.dispose();
});

test("thumbnails come a few at a time, a newer list replaces an older one, and a lost image says so", async () => {
  const { store } = await opened();
  server.lost.add("v5");
  server.slow = "";
  store.gallery.wantThumbs([0, 1, 2, 3, 4], 128);
  store.gallery.wantThumbs([5, 0], 128);
  expect(server.underWay).toBe(LIMIT);
  await vi.waitFor(() => {
    server.go();
    expect(store.cells.get(5)?.status).toBe("missing");
    expect(store.gallery.thumb(0)).not.toBeNull();
  });
  expect(server.most).toBe(LIMIT);
  expect(store.cells.get(5)?.error).toBe("There is no such image.");
  expect(server.asked.filter((path) => path.includes("/v4?"))).toEqual([]);
  store.dispose();
  expect(alive.size).toBe(0);
});

test("a thumbnail that a lost server does not give is asked for again with the grid, and its image is not called missing", async () => {
  const { model, store } = await opened();
  const told: (string | null)[] = [];
  model.onTrouble((reason) => told.push(reason));
  server.failure = unreachable();
  store.gallery.wantThumbs([0], 128);
  await vi.waitFor(() => {
    expect(told[0]).toContain("cannot be reached");
  });
  expect(store.cells.get(0)?.status).toBe("ok");
  server.failure = null;
  await model.load(model.axes);
  expect(told.at(-1)).toBeNull();
  store.gallery.wantThumbs([0], 128);
  await vi.waitFor(() => {
    expect(store.gallery.thumb(0)).not.toBeNull();
  });
  store.dispose();
});

test("full images, details and comparisons are answered", async () => {
  const { store } = await opened();
  await expect(store.wantFull(1)).resolves.toMatch(/^blob:/);
  await expect(store.details(1)).resolves.toMatchObject({ title: "told" });
  await expect(store.compare([0, 1])).resolves.toMatchObject({ factors: ["seed"] });
  expect(server.asked.slice(1)).toEqual([
    "catalogs/c1/images/v1",
    "catalogs/c1/generations/u1",
    "catalogs/c1/compare?uids=u0%2Cu1",
  ]);
  store.dispose();
});

test("marks are kept by the server, and are as before where it refuses", async () => {
  const { store } = await opened();
  store.mark([2], { stars: 5 });
  await vi.waitFor(() => {
    expect(server.asked).toContain("catalogs/c1/marks");
  });
  expect(store.cells.get(2)?.stars).toBe(5);
  server.failure = new HttpError(403, "Read only.", { told: true });
  store.mark([3], { stars: 1 });
  expect(store.cells.get(3)?.stars).toBe(1);
  await vi.waitFor(() => {
    expect(store.notices.map(({ text }) => text)).toEqual(["Read only."]);
    expect(store.cells.get(3)?.stars).toBeNull();
  });
  server.failure = null;
  store.notices[0]?.retry?.();
  await vi.waitFor(() => {
    expect(server.askedFor("/marks")).toHaveLength(3);
  });
  expect(store.cells.get(3)?.stars).toBe(1);
  expect(store.cells.get(2)?.stars).toBe(5);
  store.dispose();
});

test("a sweep offers the axes that its grid does not have", async () => {
  server.axes = ["seed", "prompt", "guidance"];
  const titles: string[] = [];
  const view = new SweepView(new ServerModel(server, "c1", { run: "r1" }), english, (title) => titles.push(title));
  document.body.append(view.root);
  await vi.waitFor(() => {
    expect(titles).toHaveLength(1);
  });
  const rows = view.root.querySelector<HTMLSelectElement>('[aria-label="Rows by"]');
  expect(rows?.closest<HTMLElement>(".fl-axes")?.hidden).toBe(false);
  expect([...(rows?.options ?? [])].map(({ value }) => value)).toEqual(["", "seed", "prompt", "guidance"]);
  if (rows) rows.value = "guidance";
  rows?.dispatchEvent(new Event("change"));
  await vi.waitFor(() => {
    expect(server.asked).toContain("catalogs/c1/grid?run=r1&y=guidance");
  });
  view.dispose();
  expect(document.body.childElementCount).toBe(0);
});

test("a comparison shows the images and what differs, and takes its addresses back", async () => {
  const view = new CompareView(new ServerModel(server, "c1", { uids: ["u0", "u1"] }), english);
  document.body.append(view.root);
  await vi.waitFor(() => {
    expect(view.root.textContent).toContain("What differs: seed.");
  });
  view.dispose();
  expect(alive.size).toBe(0);
});
