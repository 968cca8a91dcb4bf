// @vitest-environment happy-dom
import { expect, test } from "vitest";
import {
  acts,
  button,
  click,
  drawn,
  focusedUid,
  gallery,
  list,
  one,
  open,
  press,
  scrollTo,
  selected,
  server,
  tile,
  tiles,
} from "./page.js";
import { item, items } from "./server.js";

const headings = (): string[] => [...document.querySelectorAll(".fg-group")].map((each) => each.textContent);

test("the newest images come first, and of thousands only those near the window are elements", async () => {
  server.items = items(3000);
  await open();
  expect(tiles().slice(0, 3)).toEqual(["u3000", "u2999", "u2998"]);
  expect(tiles().length).toBeLessThan(60);
  expect(one(".fg-total").textContent).toBe("3,000 images");
  expect(server.askedFor("generations")).toHaveLength(3);
  await scrollTo(5000);
  expect(tiles()).not.toContain("u2990");
  expect(tiles().length).toBeLessThan(90);
});

test("all can be reached by going on to the end", async () => {
  server.items = items(2000);
  await open({ pageSize: 500 });
  tile("u2000").focus();
  await press("End");
  expect(focusedUid()).toBe("u501");
  await press("End");
  expect(focusedUid()).toBe("u1");
  expect(server.askedFor("generations")).toHaveLength(4);
  expect(one(".fg-end").hidden).toBe(true);
  expect(tiles().length).toBeLessThan(90);
});

test("pictures of what is near the window are fetched, and shown", async () => {
  server.items = items(3000);
  await open();
  const fetched = server.askedFor("thumbnails");
  expect(fetched.length).toBeLessThan(120);
  expect(fetched[0]).toBe("catalogs/one/thumbnails/sha3000?side=128");
  expect(tile("u3000").querySelector("img")?.src).toMatch(/^blob:/);
});

test("assistive technology is told how large the list is, where an image stands, and what it is", async () => {
  server.items = items(5, (number) => ({
    stars: number === 5 ? 3 : null,
    loras: number === 5 ? [{ name: "ink", strength: 0.5 }] : [],
    rejected: number === 4,
  }));
  await open();
  expect(list().getAttribute("role")).toBe("grid");
  expect(list().getAttribute("aria-multiselectable")).toBe("true");
  expect(list().getAttribute("aria-rowcount")).toBe("4");
  expect(tile("u5").closest('[role="row"]')?.getAttribute("aria-rowindex")).toBe("2");
  expect(tile("u4").getAttribute("aria-colindex")).toBe("2");
  expect(tile("u5").getAttribute("aria-label")).toBe(
    "a fox, number 5, dev, seed 5, 8 steps, guidance 3.5, ink 0.5, 3 stars",
  );
  expect(tile("u5").title).toBe("a fox, number 5\ndev · seed 5 · 8 steps · guidance 3.5 · ink 0.5");
  expect(tile("u4").getAttribute("aria-label")).toContain("rejected");
  expect(document.querySelectorAll('.fg-tile[tabindex="0"]')).toHaveLength(1);
});

test("grouped by day, by sweep, or not", async () => {
  server.items = items(6, (number) => (number > 3 ? { run: "r1", run_name: "foxes" } : {}));
  await open({ state: { group: "sweep" } });
  expect(headings()).toEqual(["foxes3", "Single images3"]);
  button("Open").click();
  expect(acts).toEqual([{ action: "sweep", catalog: "one", uids: ["u6"] }]);
  const group = one('select[aria-label="Grouped by"]', HTMLSelectElement);
  group.value = "none";
  group.dispatchEvent(new Event("change"));
  await drawn();
  expect(headings()).toEqual([]);
  expect(tiles()).toHaveLength(6);
});

test("a heading says no number that it does not know", async () => {
  server.items = items(1000, () => ({ created: "2026-01-05T12:00:00Z" }));
  await open();
  expect(headings()[0]).toMatch(/300\+$/);
});

test("larger pictures are fewer in a row, and sharper", async () => {
  server.items = items(20);
  await open();
  expect(list().getAttribute("aria-colcount")).toBe("2");
  const size = one('input[type="range"]', HTMLInputElement);
  size.value = "208";
  size.dispatchEvent(new Event("input"));
  await drawn();
  expect(list().getAttribute("aria-colcount")).toBe("1");
  expect(server.asked.at(-1)).toContain("side=256");
});

test("clicks select one, with Ctrl more, with Shift all between", async () => {
  server.items = items(20);
  await open();
  await click(tile("u18"));
  expect(selected()).toEqual(["u18"]);
  expect(tile("u18").getAttribute("aria-selected")).toBe("true");
  await click(tile("u17"), { ctrlKey: true });
  await click(tile("u18"), { ctrlKey: true });
  expect(selected()).toEqual(["u17"]);
  await click(tile("u16"));
  await click(tile("u13"), { shiftKey: true });
  expect(selected()).toEqual(["u16", "u15", "u14", "u13"]);
  expect(one(".fg-chosen-count").textContent).toBe("4 selected");
  expect(focusedUid()).toBe("u13");
});

test("arrows, Home, End and pages move the focus and select", async () => {
  server.items = items(300);
  await open();
  tile("u300").focus();
  expect(await press("ArrowRight")).toBe(true);
  expect(focusedUid()).toBe("u299");
  await press("ArrowDown");
  expect(focusedUid()).toBe("u297");
  await press("ArrowDown", { shiftKey: true });
  expect(selected()).toEqual(["u297", "u296", "u295"]);
  await press("ArrowDown", { ctrlKey: true });
  expect(focusedUid()).toBe("u293");
  expect(selected()).toHaveLength(3);
  await press(" ");
  expect(selected()).toContain("u293");
  await press("End");
  expect(focusedUid()).toBe("u1");
  expect(list().scrollTop).toBeGreaterThan(0);
  await press("PageUp");
  expect(Number(focusedUid()?.slice(1))).toBeGreaterThan(1);
  await press("Home");
  expect(focusedUid()).toBe("u300");
  expect(list().scrollTop).toBe(0);
});

test("all that is loaded can be selected, and none", async () => {
  server.items = items(1000);
  await open();
  tile("u1000").focus();
  expect(await press("a", { ctrlKey: true })).toBe(true);
  expect(selected()).toHaveLength(300);
  expect(await press("Escape")).toBe(true);
  expect(selected()).toEqual([]);
  expect(await press("Escape")).toBe(false);
});

test("the focus stays with its image when rows are drawn anew, and when it is scrolled out of sight", async () => {
  server.items = items(300);
  await open();
  await click(tile("u299"));
  server.change([item(301), ...server.items]);
  await drawn();
  expect(focusedUid()).toBe("u299");
  await scrollTo(6000);
  expect(focusedUid()).toBe("u299");
});

test("keys mark what is selected, and show it at once", async () => {
  server.items = items(5);
  await open();
  await click(tile("u5"));
  await click(tile("u4"), { ctrlKey: true });
  server.hold("marks");
  await press("f");
  expect(tile("u5").textContent).toContain("★★★★★");
  expect(tile("u4").textContent).toContain("★★★★★");
  server.release("marks");
  await drawn();
  await press("2");
  await press("0");
  await press("x");
  expect(server.bodies).toEqual([
    { uids: ["u5", "u4"], set: { stars: 5 } },
    { uids: ["u5", "u4"], set: { stars: 2 } },
    { uids: ["u5", "u4"], set: { stars: null } },
    { uids: ["u5", "u4"], set: { rejected: true } },
  ]);
  expect(tile("u4").textContent).toContain("rejected");
  await press("ArrowDown", { ctrlKey: true });
  await press("1");
  expect(server.bodies.at(-1)).toEqual({ uids: ["u2"], set: { stars: 1 } });
});

test("a mark that is refused is taken back, and said", async () => {
  server.items = items(2);
  await open();
  await click(tile("u2"));
  server.hold("marks");
  await press("f");
  const { failure } = server;
  server.items = [];
  server.release("marks");
  await drawn();
  expect(failure).toBeNull();
  expect(tile("u2").textContent).not.toContain("★");
  expect(one(".fg-message-line").textContent).toContain("There is no such generation.");
});

test("all that are selected get a tag", async () => {
  server.items = items(3);
  await open();
  await click(tile("u3"));
  await click(tile("u2"), { shiftKey: true });
  const box = one(".fg-actions input", HTMLInputElement);
  box.value = " keeper ";
  box.focus();
  await press("Enter");
  expect(server.bodies).toEqual([{ uids: ["u3", "u2"], set: { tag: "keeper" } }]);
  expect(box.value).toBe("");
  expect(gallery.selection.map(({ tags }) => tags)).toEqual([["keeper"], ["keeper"]]);
});

test.each([
  [{ status: "failed", error: "No memory.", image: null }, ["failed", "No memory."]],
  [{ status: "crashed", image: null }, ["crashed"]],
  [{ status: "interrupted", image: null }, ["interrupted"]],
  [{ status: "started", image: null }, ["being made"]],
  [{ image: null }, ["without image"]],
  [{ rejected: true }, ["rejected"]],
  [{ source: "A1111" }, ["imported from A1111"]],
  [{ source: "unknown" }, ["imported"]],
  [{ note: "so", tags: ["a"] }, ["✎", "#"]],
] as const)("%o is told in words or by its shape", async (change, words) => {
  server.items = [item(1, { ...change, tags: [...("tags" in change ? change.tags : [])] })];
  await open();
  for (const word of words) expect(tile("u1").textContent).toContain(word);
});
