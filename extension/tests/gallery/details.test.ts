// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { DRAG_TYPE } from "../../src/gallery/host.js";
import { button, click, drawn, gallery, HOSTILE, one, open, press, selected, server, tile, tiles } from "./page.js";
import { catalog, item, items } from "./server.js";

/** The pane rests for a moment before it asks. */
async function asked(uid: string): Promise<void> {
  const path = `generations/${encodeURIComponent(uid)}`;
  await vi.waitUntil(() => server.askedFor(path).length > 0, { interval: 5 });
  await drawn();
}

async function openDetails(uid: string): Promise<void> {
  await click(tile(uid));
  await press("Enter");
  await asked(uid);
}

function transfer(files: File[] = []): { data: Map<string, string>; event: (type: string) => Event } {
  const data = new Map<string, string>();
  const dataTransfer = {
    files,
    types: files.length > 0 ? ["Files"] : [],
    setData: (type: string, value: string) => data.set(type, value),
  };
  const event = (type: string): Event =>
    Object.assign(new Event(type, { bubbles: true, cancelable: true }), { dataTransfer });
  return { data, event };
}

async function dropFiles(files: File[]): Promise<void> {
  const { event } = transfer(files);
  const over = event("dragover");
  one(".fg-list").dispatchEvent(over);
  expect(over.defaultPrevented).toBe(true);
  expect(one(".fg-drop").textContent).toContain("import");
  const drop = event("drop");
  one(".fg-list").dispatchEvent(drop);
  expect(drop.defaultPrevented).toBe(true);
  await drawn();
  await drawn();
}

const lines = (): string[] => [...document.querySelectorAll(".fg-message-line > span")].map((each) => each.textContent);

test("Enter shows all about an image, arrows go on, Escape goes back to the list", async () => {
  server.items = items(9, (number) => (number === 8 ? { status: "failed", error: "No memory.", image: null } : {}));
  server.details = { effective: [["guidance", "3.5"]], code: "Recipe(seed=9)" };
  await open();
  await openDetails("u9");
  const pane = one(".fg-pane");
  expect(pane.hidden).toBe(false);
  for (const text of ["a fox, number 9", "guidance", "Recipe(seed=9)"]) expect(pane.textContent).toContain(text);
  expect(pane.querySelector("img")?.src).toMatch(/^blob:/);
  await press("ArrowRight");
  await asked("u8");
  expect(pane.textContent).toContain("a fox, number 8");
  expect(one(".fg-status").textContent).toBe("✕ failed · No memory.");
  expect(pane.querySelector("img")?.hidden).toBe(true);
  one(".fg-details-head button").focus();
  await press("Escape");
  expect(pane.hidden).toBe(true);
  expect(document.activeElement).toBe(tile("u8"));
});

test("details of an image that one has gone past are not shown", async () => {
  server.items = items(9);
  await open();
  server.hold("generations/u9");
  await openDetails("u9");
  await press("ArrowRight");
  await asked("u8");
  server.release("generations/u9");
  await drawn();
  expect(one(".fg-details").textContent).toContain("a fox, number 8");
  expect(one(".fg-details").textContent).not.toContain("a fox, number 9");
});

test("stars, tags and note are edited in the details", async () => {
  server.items = items(2);
  await open();
  await openDetails("u2");
  one('.fl-stars button[aria-label="4 stars"]').click();
  const tags = one('.fl-editor input[aria-label="Tags"]', HTMLInputElement);
  tags.focus();
  tags.value = "b, a, b";
  tags.blur();
  const note = one(".fl-editor textarea", HTMLTextAreaElement);
  note.focus();
  note.value = "so it is";
  await press("Enter", { ctrlKey: true });
  expect(server.bodies).toEqual([
    { uids: ["u2"], set: { stars: 4 } },
    { uids: ["u2"], set: { tags: ["b", "a"] } },
    { uids: ["u2"], set: { note: "so it is" } },
  ]);
  expect(tile("u2").getAttribute("aria-label")).toContain("4 stars, tags: b, a, note: so it is");
});

test("keys that one types into a field mark nothing", async () => {
  server.items = items(2);
  await open();
  await openDetails("u2");
  one(".fl-editor textarea").focus();
  for (const key of ["x", "3", "f", " ", "ArrowDown"]) expect(await press(key)).toBe(false);
  expect(server.bodies).toEqual([]);
});

test("details that cannot be had are said", async () => {
  server.items = items(2);
  await open();
  server.hold("generations/u2");
  await openDetails("u2");
  server.items = items(1);
  server.release("generations/u2");
  await drawn();
  expect(one(".fg-details").textContent).toBe("⚠ There is no such generation.");
});

test("a picture that is lost is said in its place", async () => {
  server.items = items(2);
  server.lost.add("sha2");
  await open();
  expect(tile("u2").textContent).toContain("picture not found");
  expect(tile("u2").querySelector("img")?.hidden).toBe(true);
  expect(tile("u1").textContent).not.toContain("picture not found");
});

test("an image that is dragged takes the others along that are selected", async () => {
  server.items = items(5);
  await open();
  await click(tile("u5"));
  await click(tile("u4"), { ctrlKey: true });
  const both = transfer();
  tile("u4").dispatchEvent(both.event("dragstart"));
  expect([...both.data.keys()]).toEqual([DRAG_TYPE]);
  expect(JSON.parse(both.data.get(DRAG_TYPE) ?? "")).toEqual({ catalog: "one", uids: ["u5", "u4"] });
  const alone = transfer();
  tile("u1").dispatchEvent(alone.event("dragstart"));
  expect(JSON.parse(alone.data.get(DRAG_TYPE) ?? "")).toEqual({ catalog: "one", uids: ["u1"] });
  expect(selected()).toEqual(["u1"]);
});

test("files that are dropped are imported, and each that is refused says why", async () => {
  server.items = items(2);
  await open();
  await dropFiles([new File(["1"], "a.png"), new File(["2"], "ü.txt"), new File(["3"], "a.png")]);
  expect(lines()).toEqual([
    "ü.txt: 'ü.txt' is no PNG, JPEG or WebP.",
    "Imported 1 image.",
    "In the catalog already: 1 image.",
  ]);
  expect(tiles()[0]).toBe("u3");
  expect(tile("u3").textContent).toContain("from A1111");
  expect(document.querySelector(".fg-drop")).toBeNull();
  expect(document.querySelector(".fg-under-way")).toBeNull();
});

/** A person chooses files in the browser's dialog, if it opens. */
async function chooseFiles(open: () => void, files: File[]): Promise<boolean> {
  const input = one('input[type="file"]', HTMLInputElement);
  const opens = vi.spyOn(input, "click").mockImplementation(() => {
    Object.defineProperty(input, "files", { value: files, configurable: true });
    input.dispatchEvent(new Event("change"));
  });
  open();
  await drawn();
  await drawn();
  const opened = opens.mock.calls.length > 0;
  opens.mockRestore();
  return opened;
}

test("files that are chosen are imported like those that are dropped", async () => {
  server.items = items(2);
  await open();
  const input = one('input[type="file"]', HTMLInputElement);
  expect([input.multiple, input.accept]).toEqual([true, "image/png,image/jpeg,image/webp"]);
  const press = button("Import…");
  expect(press.getAttribute("aria-label")).toBe("Import image files");
  expect(press.tabIndex).toBe(0);
  const chosen = [new File(["1"], "a.png"), new File(["2"], "b.txt")];
  expect(
    await chooseFiles(() => {
      press.click();
    }, chosen),
  ).toBe(true);
  expect(lines()).toEqual(["b.txt: 'b.txt' is no PNG, JPEG or WebP.", "Imported 1 image."]);
  await chooseFiles(() => {
    gallery.chooseFiles();
  }, [new File(["1"], "a.png")]);
  expect(lines().at(-1)).toBe("In the catalog already: 1 image.");
});

test("where there is nothing to import into no file is asked for", async () => {
  const problem = "The catalog was written by a newer fluxlab: update fluxlab.";
  server.catalogs = [catalog("newer", { problem })];
  await open();
  expect(
    await chooseFiles(() => {
      button("Import…").click();
    }, []),
  ).toBe(false);
  expect(lines()).toEqual([problem]);
});

test("a file that is too large is not sent", async () => {
  await open();
  const large = new File(["1"], "large.png");
  Object.defineProperty(large, "size", { value: 64 * 1024 * 1024 + 1 });
  await dropFiles([large]);
  expect(lines()[0]).toContain("large.png: the file has more than 64 MiB");
  expect(server.askedFor("imports")).toEqual([]);
});

test("without a catalog a file cannot be imported, and that is said", async () => {
  server.catalogs = [];
  await open();
  await dropFiles([new File(["1"], "a.png")]);
  expect(lines()[0]).toContain("There is no catalog to import into");
});

test("what is dragged over it and is no file is not for it", async () => {
  await open();
  const over = transfer().event("dragover");
  one(".fg-list").dispatchEvent(over);
  expect(over.defaultPrevented).toBe(false);
});

test("the notebook takes no plain key from whatever has the focus, and shortcuts pass", async () => {
  server.items = items(3);
  await open();
  await openDetails("u3");
  const controls = document.querySelectorAll<HTMLElement>('.fg-tile[tabindex="0"], button, select, input, textarea');
  const focusable = [...controls].filter((each) => !each.hasAttribute("disabled") && !each.closest("[hidden]"));
  expect(focusable.length).toBeGreaterThan(15);
  for (const each of focusable) {
    const pressed = (init: KeyboardEventInit): boolean => {
      each.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));
      return each.closest("[data-lm-suppress-shortcuts]") === null;
    };
    expect(pressed({ key: "b" })).toBe(false);
    expect(pressed({ key: "I", altKey: true, shiftKey: true })).toBe(true);
    expect(pressed({ key: "B", shiftKey: true })).toBe(false);
    expect(pressed({ key: "s", ctrlKey: true })).toBe(true);
  }
});

test("hostile text is shown as text everywhere", async () => {
  server.catalogs = [catalog("one", { name: HOSTILE, folder: HOSTILE })];
  const texts = { prompt: HOSTILE, model: HOSTILE, error: HOSTILE, note: HOSTILE, tags: [HOSTILE], source: HOSTILE };
  server.items = [item(1, { ...texts, run: "r", run_name: HOSTILE, uid: 'u"1\\' })];
  server.details = { notes: [HOSTILE], code: HOSTILE, path: HOSTILE, effective: [[HOSTILE, HOSTILE]] };
  await open({ state: { group: "sweep" } });
  one(".fg-tile").focus();
  await press("ArrowRight");
  await press("Enter");
  await asked('u"1\\');
  await dropFiles([new File(["1"], HOSTILE)]);
  expect(document.querySelectorAll("img[onerror], script")).toHaveLength(0);
  for (const where of [".fg-catalog", ".fg-title", ".fg-tile", ".fg-pane", ".fg-details", ".fg-message-line"]) {
    expect(one(where).textContent).toContain('<img src=x onerror="');
  }
  expect(selected()).toEqual(['u"1\\']);
  button("×").click();
  expect(gallery.selection).toHaveLength(1);
});
