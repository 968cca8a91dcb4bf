import { expect, test } from "vitest";
import { scrolledTo, visible } from "../src/grid/windowing.js";

test("what lies in the window and one more on either side", () => {
  expect(visible(0, 300, 100, 50, 1)).toEqual({ from: 0, to: 4 });
  expect(visible(1050, 300, 100, 50, 1)).toEqual({ from: 9, to: 15 });
  expect(visible(4700, 300, 100, 50, 1)).toEqual({ from: 46, to: 50 });
});

test("beyond the end, before the beginning, and no items", () => {
  expect(visible(9000, 300, 100, 50, 0)).toEqual({ from: 50, to: 50 });
  expect(visible(-80, 300, 100, 50, 0)).toEqual({ from: 0, to: 3 });
  expect(visible(0, 300, 100, 0, 1)).toEqual({ from: 0, to: 0 });
});

test("scrolling goes no further than to show an item whole", () => {
  expect(scrolledTo(0, 300, 100, 2)).toBe(0);
  expect(scrolledTo(0, 300, 100, 5)).toBe(300);
  expect(scrolledTo(900, 300, 100, 5)).toBe(500);
  expect(scrolledTo(0, 80, 100, 5)).toBe(500);
});
