import { expect, test } from "vitest";
import { panned, WHOLE, zoomedAt } from "../src/grid/zoom.js";

test("what lies under the pointer stays there", () => {
  const zoom = zoomedAt(WHOLE, 2, 0.25, 0.75);
  // Point 0.25 of the picture, before and after.
  expect(zoom.x + 0.25 * zoom.scale).toBeCloseTo(0.25);
  expect(zoom.y + 0.75 * zoom.scale).toBeCloseTo(0.75);
});

test("a picture is never smaller than its cell, nor dragged out of it", () => {
  expect(zoomedAt(WHOLE, 0.5)).toEqual(WHOLE);
  expect(panned(zoomedAt(WHOLE, 2), 5, -5)).toEqual({ scale: 2, x: 0, y: -1 });
  expect(zoomedAt(WHOLE, 1000).scale).toBe(16);
});

test("in and out again shows the whole picture", () => {
  expect(zoomedAt(panned(zoomedAt(WHOLE, 4, 0.1, 0.9), 0.3, 0.3), 0.25)).toEqual(WHOLE);
});
