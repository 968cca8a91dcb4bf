// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { HttpError } from "../../src/api/http.js";
import {
  button,
  click,
  drawn,
  gallery,
  list,
  one,
  open,
  press,
  scrollTo,
  search,
  selected,
  server,
  states,
  tile,
  tiles,
} from "./page.js";
import { catalog, item, items, unreachable } from "./server.js";

const newest = (): HTMLElement => one(".fg-newest");
/** How far below the upper edge of the window an image stands. */
const placeOf = (uid: string): number =>
  parseFloat(tile(uid).closest<HTMLElement>(".fg-row")?.style.top ?? "") - list().scrollTop;

test("an image that a notebook makes comes to the top", async () => {
  server.items = items(10);
  await open();
  server.change([item(11), ...server.items]);
  await drawn();
  expect(tiles()[0]).toBe("u11");
  expect(one(".fg-total").textContent).toBe("11 images");
  expect(newest().hidden).toBe(true);
});

test("what one looks at stays in its place when images come above it, and a button leads to them", async () => {
  server.items = items(500);
  await open({ state: { group: "none" } });
  await scrollTo(1200);
  const [before] = tiles()
    .map((uid) => [uid, placeOf(uid)] as const)
    .filter(([, top]) => top >= 0);
  server.change([item(504), item(503), item(502), item(501), ...server.items]);
  await drawn();
  expect(newest().textContent).toBe("↑ 4 new");
  // Rows are of two, so that it stands in the same column.
  expect(placeOf(before?.[0] ?? "")).toBe(before?.[1]);
  await click(newest());
  expect(list().scrollTop).toBe(0);
  expect(tiles()[0]).toBe("u504");
  expect(newest().hidden).toBe(true);
});

test("many new images begin the list anew only when one goes there", async () => {
  server.items = items(300);
  await open({ pageSize: 20 });
  await scrollTo(1500);
  server.change(items(400));
  await drawn();
  expect(newest().textContent).toBe("↑ Many new");
  expect(tiles()).not.toContain("u400");
  await click(newest());
  await drawn();
  expect(tiles()[0]).toBe("u400");
  expect(newest().hidden).toBe(true);
});

test("an image that answers the query no more goes, and the focus goes to what stands there now", async () => {
  server.items = items(6, () => ({ stars: 3 }));
  await open();
  await search("starred:yes");
  await click(tile("u5"));
  await press("0");
  await drawn();
  expect(tiles()).not.toContain("u5");
  expect(document.activeElement).toBe(tile("u4"));
});

test("when it is closed nothing stays open, and no URL alive", async () => {
  server.items = items(30);
  const alive = new Set<string>();
  const create = vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    alive.add(`blob:${alive.size}`);
    return `blob:${alive.size - 1}`;
  });
  const revoke = vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => alive.delete(url));
  await open();
  await click(tile("u30"));
  await press("Enter");
  expect(alive.size).toBeGreaterThan(10);
  gallery.dispose();
  expect(alive.size).toBe(0);
  expect(server.lines).toBe(0);
  expect(document.querySelector(".fluxlab-gallery")).toBeNull();
  create.mockRestore();
  revoke.mockRestore();
});

test("what a person has set is told, and brings everything back", async () => {
  server.catalogs = [catalog("one"), catalog("two")];
  server.items = items(900);
  await open();
  const choice = one(".fg-catalog", HTMLSelectElement);
  choice.value = "two";
  choice.dispatchEvent(new Event("change"));
  await drawn();
  await search("fox");
  await scrollTo(4000);
  const shown = tiles()[20] ?? "";
  await click(tile(shown));
  gallery.dispose();
  const state = states.at(-1);
  expect(state).toMatchObject({ catalog: "two", query: "fox", group: "day", selected: [shown] });
  server.asked.length = 0;
  await open({ state: state ?? {}, pageSize: 20 });
  await drawn();
  expect(server.askedFor("catalogs/one")).toEqual([]);
  expect(one(".fg-search", HTMLInputElement).value).toBe("fox");
  expect(selected()).toEqual([shown]);
  expect(list().scrollTop).toBeGreaterThan(3800);
  expect(tiles()).toContain(state?.top);
});

test("an unreasonable state is no harm", async () => {
  server.items = items(3);
  await open({ state: { catalog: "gone", side: 9, selected: ["nobody"], top: "nobody" } });
  expect(tiles()).toEqual(["u3", "u2", "u1"]);
  expect(selected()).toEqual([]);
});

test("a damaged catalog is told in the server's words", async () => {
  server.failure = null;
  server.hold("generations");
  await open();
  server.failure = new HttpError(409, "The catalog is damaged: run fluxlab fsck.", { told: true });
  server.release("generations");
  await drawn();
  expect(one(".fg-empty").textContent).toContain("The catalog is damaged: run fluxlab fsck.");
});

test.each([
  [unreachable(), "cannot be reached"],
  [new HttpError(404, "Not Found"), "has no fluxlab"],
  [new HttpError(403, "Forbidden"), "log in"],
  [new HttpError(500, "The server answered 500.", {}), "The server answered 500."],
])("%s is told, and Retry brings the images", async (failure, words) => {
  server.items = items(2);
  server.failure = failure;
  await open();
  expect(one(".fg-empty").textContent).toContain(words);
  server.failure = null;
  await click(button("Retry"));
  expect(tiles()).toEqual(["u2", "u1"]);
});

test("where more cannot be loaded it is said at the end of what is there", async () => {
  server.items = items(900);
  await open({ pageSize: 20 });
  server.failure = unreachable();
  await scrollTo(2400);
  expect(one(".fg-end").textContent).toContain("cannot be reached");
  server.failure = null;
  one(".fg-end button").click();
  await drawn();
  expect(one(".fg-end").textContent).toContain("Loading");
  await scrollTo(3400);
  expect(tiles().length).toBeGreaterThan(10);
});
