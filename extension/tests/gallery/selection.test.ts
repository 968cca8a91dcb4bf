import { expect, test } from "vitest";
import { all, extended, kept, none, NOTHING, only, type Selection, toggled } from "../../src/gallery/selection.js";

const ORDER = ["a", "b", "c", "d", "e"];
const chosen = (selection: Selection): string[] => [...selection.chosen];

test("one, and others beside it, in the order they were chosen", () => {
  const two = toggled(only("d"), "a");
  expect(chosen(two)).toEqual(["d", "a"]);
  expect(chosen(toggled(two, "d"))).toEqual(["a"]);
  expect(two.focus).toBe("a");
});

test("a stretch goes from where it began, either way, and can shrink", () => {
  const down = extended(only("b"), "d", ORDER, false);
  expect(chosen(down)).toEqual(["b", "c", "d"]);
  expect(chosen(extended(down, "c", ORDER, false))).toEqual(["b", "c"]);
  expect(chosen(extended(down, "a", ORDER, false))).toEqual(["a", "b"]);
});

test("a stretch can be added to what is chosen", () => {
  const apart = toggled(only("a"), "c");
  expect(chosen(extended(apart, "d", ORDER, true))).toEqual(["a", "c", "d"]);
});

test("a stretch that began nowhere, or at what has gone, is the image itself", () => {
  expect(chosen(extended(NOTHING, "c", ORDER, false))).toEqual(["c"]);
  expect(chosen(extended(only("gone"), "c", ORDER, false))).toEqual(["c"]);
});

test("all and none keep the focus", () => {
  expect(chosen(all(only("b"), ORDER))).toEqual(ORDER);
  expect(none(all(only("b"), ORDER))).toMatchObject({ focus: "b", chosen: new Set() });
});

test("what has gone from the list is not chosen any more, and the focus goes to what stands there now", () => {
  const selection = extended(only("b"), "c", ORDER, false);
  expect(kept(selection, ORDER, ["a", "b", "d", "e"])).toEqual({ chosen: new Set(["b"]), focus: "d", anchor: "b" });
  expect(kept(only("e"), ORDER, ["a", "b"])).toEqual({ chosen: new Set(), focus: "b", anchor: null });
  expect(kept(only("a"), ORDER, []).focus).toBeNull();
});

test("what was never loaded stays chosen until it is", () => {
  const selection = only("z");
  expect(kept(selection, ORDER, ["new", ...ORDER])).toBe(selection);
});
