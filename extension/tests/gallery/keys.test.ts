import { expect, test } from "vitest";
import { commandOf } from "../../src/gallery/keys.js";
import type { Key } from "../../src/grid/keyboard.js";

const key = (name: string, modifiers: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

test("moving chooses; with Shift all on the way, with Ctrl nothing", () => {
  expect(commandOf(key("ArrowDown"))).toEqual({ do: "move", motion: "down", reach: "only" });
  expect(commandOf(key("End", { shiftKey: true }))).toEqual({ do: "move", motion: "last", reach: "extend" });
  expect(commandOf(key("ArrowLeft", { ctrlKey: true }))).toEqual({ do: "move", motion: "left", reach: "focus" });
});

test("the other keys", () => {
  expect(commandOf(key(" "))).toEqual({ do: "toggle" });
  expect(commandOf(key(" ", { shiftKey: true }))).toEqual({ do: "extend" });
  expect(commandOf(key("a", { ctrlKey: true }))).toEqual({ do: "all" });
  expect(commandOf(key("a", { metaKey: true }))).toEqual({ do: "all" });
  expect(commandOf(key("f"))).toEqual({ do: "star" });
  expect(commandOf(key("3", { shiftKey: true }))).toEqual({ do: "rate", stars: 3 });
  expect(commandOf(key("0"))).toEqual({ do: "rate", stars: null });
  expect(commandOf(key("X"))).toEqual({ do: "reject" });
  expect(commandOf(key("Enter"))).toEqual({ do: "details" });
  expect(commandOf(key("c"))).toEqual({ do: "compare" });
  expect(commandOf(key("Escape"))).toEqual({ do: "close" });
});

test.each([
  ["a", {}],
  ["b", {}],
  ["6", {}],
  ["f", { ctrlKey: true }],
  ["c", { metaKey: true }],
  ["ArrowLeft", { altKey: true }],
  ["Enter", { shiftKey: true }],
])("%s with %o belongs to the browser or the notebook", (name, modifiers) => {
  expect(commandOf(key(name, modifiers))).toBeNull();
});
