import { expect, test } from "vitest";
import { asArguments, keyOf, type Opened, readOpened, tabOf } from "../../src/lab/opened.js";

const OPENED: Opened[] = [
  { view: "gallery", state: { catalog: "c", query: "fox" }, tab: 2 },
  { view: "compare", catalog: "c", uids: ["a", "b"] },
  { view: "sweep", catalog: "c", run: "r" },
];

test("what is stored is what is opened again", () => {
  for (const opened of OPENED) expect(readOpened(asArguments(opened))).toEqual(opened);
});

test("arguments that make no sense open nothing", () => {
  const wrong = [
    {},
    { view: "compare", catalog: "c", uids: ["a"] },
    { view: "compare", catalog: "c", uids: ["a", "b", "c", "d", "e"] },
    { view: "compare", catalog: "c", uids: [1, 2] },
    { view: "compare", uids: ["a", "b"] },
    { view: "sweep", catalog: "c" },
    { view: "sweep", catalog: 1, run: "r" },
    { view: "elsewhere", catalog: "c" },
  ];
  expect(wrong.map((args) => readOpened(args))).toEqual(wrong.map(() => null));
});

test("a catalog has one tab, whichever that began with, and another catalog gets another", () => {
  expect(tabOf("a", [])).toBe(1);
  const open = [
    { tab: 1, catalog: "b" },
    { tab: 3, catalog: "a" },
  ];
  expect(tabOf("a", open)).toBe(3);
  expect(tabOf("c", open)).toBe(2);
  expect(tabOf(null, open)).toBe(1);
});

test("a layout of before galleries had numbers is read", () => {
  expect(readOpened({ view: "gallery", state: { query: "fox" } })).toEqual({
    view: "gallery",
    state: { query: "fox" },
    tab: null,
  });
});

test("tabs that show the same have one key, and others have others", () => {
  expect(new Set(OPENED.map(keyOf)).size).toBe(3);
  expect(keyOf({ view: "compare", catalog: "c", uids: ["b", "a"] })).not.toBe(
    keyOf({ view: "compare", catalog: "c", uids: ["a", "b"] }),
  );
});
