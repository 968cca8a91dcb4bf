import { expect, test } from "vitest";
import { commandOf, type Key, moved } from "../src/grid/keyboard.js";

const key = (name: string, modifiers: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

test("the keys of the grid", () => {
  expect(commandOf(key("ArrowLeft"))).toEqual({ do: "move", motion: "left" });
  expect(commandOf(key("Home"))).toEqual({ do: "move", motion: "row-start" });
  expect(commandOf(key("End", { ctrlKey: true }))).toEqual({ do: "move", motion: "grid-end" });
  expect(commandOf(key("Enter"))).toEqual({ do: "open" });
  expect(commandOf(key("Escape"))).toEqual({ do: "close" });
  expect(commandOf(key("f"))).toEqual({ do: "star" });
  expect(commandOf(key("4"))).toEqual({ do: "rate", stars: 4 });
  expect(commandOf(key("x"))).toEqual({ do: "reject" });
  expect(commandOf(key("c"))).toEqual({ do: "mark" });
  expect(commandOf(key("v"))).toEqual({ do: "compare" });
  expect(commandOf(key("0"))).toEqual({ do: "whole" });
});

test("keys that need Shift on some keyboards work with it", () => {
  expect(commandOf(key("?", { shiftKey: true }))).toEqual({ do: "help" });
  expect(commandOf(key("+", { shiftKey: true }))).toEqual({ do: "zoom", factor: 1.25 });
  expect(commandOf(key("1", { shiftKey: true }))).toEqual({ do: "rate", stars: 1 });
});

test.each([
  ["c", { ctrlKey: true }],
  ["f", { metaKey: true }],
  ["ArrowLeft", { altKey: true }],
  ["Enter", { shiftKey: true }],
  ["End", { ctrlKey: true, shiftKey: true }],
  ["0", { ctrlKey: true }],
  ["b", {}],
  ["6", {}],
])("%s with %o belongs to the browser or the notebook", (name, modifiers) => {
  expect(commandOf(key(name, modifiers))).toBeNull();
});

test("motions end at the edges", () => {
  const extent = { rows: 10, columns: 4, page: 3 };
  expect(moved([0, 0], "left", extent)).toEqual([0, 0]);
  expect(moved([9, 3], "down", extent)).toEqual([9, 3]);
  expect(moved([5, 1], "page-up", extent)).toEqual([2, 1]);
  expect(moved([8, 1], "page-down", extent)).toEqual([9, 1]);
  expect(moved([5, 1], "row-end", extent)).toEqual([5, 3]);
  expect(moved([5, 1], "grid-start", extent)).toEqual([0, 0]);
});
