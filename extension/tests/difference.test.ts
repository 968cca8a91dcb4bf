import { expect, test } from "vitest";
import { difference, differenceText as textOf } from "../src/grid/difference.js";
import { english } from "../src/grid/translate.js";

const differenceText = (numbers: Parameters<typeof textOf>[0]): string => textOf(numbers, english);

const grey = (...values: number[]): Uint8ClampedArray =>
  new Uint8ClampedArray(values.flatMap((value) => [value, value, value, 255]));

test("largest and mean difference, and how many pixels differ", () => {
  const shown = new Uint8ClampedArray(16);
  const numbers = difference(grey(10, 10, 10, 10), grey(10, 30, 10, 0), 1, shown);
  expect(numbers).toEqual({ largest: 20, mean: 7.5, share: 0.5 });
  expect([...shown.slice(4, 8)]).toEqual([20, 20, 20, 255]);
  expect(differenceText(numbers)).toBe("Largest difference 20 of 255, mean 7.50; 50.0 % of the pixels differ.");
});

test("one channel is enough to differ, and alpha is not looked at", () => {
  const a = new Uint8ClampedArray([9, 9, 9, 255, 9, 9, 9, 0]);
  const b = new Uint8ClampedArray([9, 9, 12, 255, 9, 9, 9, 255]);
  expect(difference(a, b, 1, new Uint8ClampedArray(8))).toEqual({ largest: 3, mean: 0.5, share: 0.5 });
});

test("a gain makes the difference brighter and no number larger", () => {
  const shown = new Uint8ClampedArray(4);
  expect(difference(grey(0), grey(20), 16, shown).largest).toBe(20);
  expect(shown[0]).toBe(255);
});

test("the same pixels are called so, and a tiny difference is not", () => {
  expect(differenceText(difference(grey(7, 7), grey(7, 7), 1, new Uint8ClampedArray(8)))).toBe(
    "No difference: the same pixels.",
  );
  expect(differenceText({ largest: 1, mean: 0.0001, share: 0.00001 })).toBe(
    "Largest difference 1 of 255, mean below 0.01; below 0.1 % of the pixels differ.",
  );
  expect(differenceText({ largest: 9, mean: 3, share: 0.99999 })).toContain("above 99.9 %");
});
