// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { button, click, drawn, gallery, one, open, place, server, states, tiles } from "./page.js";
import { catalog, items } from "./server.js";

test("the nearest catalog comes first, others on request, and the sidebar follows the folder", async () => {
  server.catalogs = [
    catalog("root"),
    catalog("inner", { folder: "work/inner" }),
    catalog("far", { name: "stuff", folder: "far" }),
  ];
  server.items = items(3);
  place.folder = "work/inner/deep";
  await open();
  const choice = one(".fg-catalog", HTMLSelectElement);
  expect(choice.value).toBe("inner");
  expect([...choice.options].map((each) => each.textContent)).toEqual(["work/inner", "root", "stuff · far"]);
  expect(one("optgroup").children).toHaveLength(2);
  place.folder = "work/inner";
  server.asked.length = 0;
  gallery.setFolder();
  await drawn();
  expect(server.asked).toEqual([]);
  place.folder = "far";
  gallery.setFolder();
  await drawn();
  expect(choice.value).toBe("far");
  expect(server.askedFor("catalogs/far/generations").length).toBeGreaterThan(0);
});

test("a catalog that is made later is gone to when the folder is its, and the server is asked seldom", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  try {
    server.catalogs = [catalog("root")];
    await open();
    server.catalogs = [catalog("root"), catalog("new", { folder: "new" })];
    const asked = (): number => server.asked.filter((path) => path === "catalogs").length;
    expect(asked()).toBe(1);
    for (const folder of ["old", "older", "new"]) {
      place.folder = folder;
      gallery.setFolder();
    }
    await drawn();
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(5000);
    await drawn();
    expect(asked()).toBe(2);
    expect(one(".fg-catalog", HTMLSelectElement).value).toBe("new");
    gallery.setFolder();
    gallery.hide();
    vi.advanceTimersByTime(5000);
    expect(asked()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test("a place without a catalog is asked about ever less often, and soon when a cell has run", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  try {
    server.catalogs = [];
    await open();
    const asked = (): number => server.asked.filter((path) => path === "catalogs").length;
    const pass = async (seconds: number): Promise<void> => {
      vi.advanceTimersByTime(seconds * 1000);
      await drawn();
    };
    const times: number[] = [];
    for (let second = 0, before = asked(); second < 240; second++) {
      await pass(1);
      if (asked() > before) times.push(second + 1);
      before = asked();
    }
    expect(times).toEqual([5, 15, 35, 75, 135, 195]);
    gallery.hide();
    server.asked.length = 0;
    await pass(600);
    expect(asked()).toBe(0);
    gallery.show();
    await drawn();
    expect(asked()).toBe(1);
    await pass(5);
    await pass(10);
    expect(asked()).toBe(3);
    gallery.setFolder();
    await pass(5);
    expect(asked()).toBe(4);
    server.catalogs = [catalog("new")];
    await pass(5);
    expect(asked()).toBe(5);
    expect(one(".fg-catalog", HTMLSelectElement).value).toBe("new");
    await pass(40);
    expect(asked()).toBe(5);
  } finally {
    vi.useRealTimers();
  }
});

test("the catalog of the settings comes before the one of the last time, until a person chooses another", async () => {
  server.catalogs = [catalog("root"), catalog("set", { folder: "set" }), catalog("other", { folder: "other" })];
  place.folder = "set";
  const options = { catalogFolder: "set", pageSize: 20 };
  const choice = (): HTMLSelectElement => one(".fg-catalog", HTMLSelectElement);
  await open({ ...options, state: { catalog: "root" } });
  expect(choice().value).toBe("set");
  choice().value = "other";
  choice().dispatchEvent(new Event("change"));
  await drawn();
  gallery.dispose();
  const state = states.at(-1) ?? {};
  await open({ ...options, state });
  expect(choice().value).toBe("other");
  gallery.dispose();
  place.folder = "";
  await open({ catalogFolder: "root", state });
  expect(choice().value).toBe("root");
});

test("a folder of the settings that has no catalog is told once, and not to who has chosen another", async () => {
  server.catalogs = [catalog("root"), catalog("far", { folder: "far" })];
  const told = (): number => document.querySelectorAll(".fg-message-line").length;
  await open({ catalogFolder: "/far/" });
  expect(told()).toBe(0);
  gallery.dispose();
  await open({ catalogFolder: "fra" });
  expect(one(".fg-message-line").textContent).toContain('The settings name the catalog folder "fra", and it has no');
  await click(one(".fg-message-line button"));
  gallery.refresh();
  await drawn();
  expect(told()).toBe(0);
  gallery.dispose();
  await open({ catalogFolder: "fra", state: { catalog: "far", pickedUnder: "fra" } });
  expect(told()).toBe(0);
  expect(one(".fg-catalog", HTMLSelectElement).value).toBe("far");
});

test("a catalog that is gone is told, whether another takes its place or none", async () => {
  server.catalogs = [catalog("old", { folder: "work" }), catalog("root")];
  place.folder = "work";
  await open();
  server.catalogs = [catalog("root")];
  gallery.refresh();
  await drawn();
  expect(one(".fg-message-line").textContent).toContain(
    'The catalog "old · work" is not there any more; this is "root".',
  );
  server.catalogs = [];
  gallery.refresh();
  await drawn();
  const lines = [...document.querySelectorAll(".fg-message-line")].map((line) => line.textContent);
  expect(lines.at(-1)).toContain('The catalog "root" is not there any more.');
  expect(one(".fg-empty pre").hidden).toBe(false);
});

test("a tab stays with its catalog", async () => {
  server.catalogs = [catalog("root"), catalog("far", { folder: "far" })];
  await open({ wide: true });
  place.folder = "far";
  gallery.setFolder();
  await drawn();
  expect(one(".fg-catalog", HTMLSelectElement).value).toBe("root");
});

test("where there is no catalog it is said how to make one, and it is seen when it is there", async () => {
  server.catalogs = [];
  await open();
  expect(one(".fg-empty").textContent).toContain("There is no catalog here yet.");
  expect(one(".fg-empty pre").textContent).toContain("lab = Lab()");
  server.catalogs = [catalog("one")];
  server.items = items(2);
  await click(button("Retry"));
  expect(tiles()).toEqual(["u2", "u1"]);
  expect(one(".fg-empty").hidden).toBe(true);
});

test("a catalog that cannot be used says why, and others can be chosen", async () => {
  const problem = "The catalog was written by a newer fluxlab: update fluxlab.";
  server.catalogs = [catalog("newer", { problem })];
  await open();
  expect(one(".fg-empty").textContent).toContain(problem);
  expect(one(".fg-search").closest("[hidden]")).not.toBeNull();
  server.catalogs = [catalog("newer", { problem }), catalog("fine", { folder: "fine" })];
  server.items = items(1);
  gallery.refresh();
  await drawn();
  expect(one(".fg-catalog option").textContent).toBe("⚠ newer");
  const choice = one(".fg-catalog", HTMLSelectElement);
  choice.value = "fine";
  choice.dispatchEvent(new Event("change"));
  await drawn();
  expect(tiles()).toEqual(["u1"]);
});
