import { expect, test } from "vitest";
import { arrange, placeOf, turned } from "../src/grid/arrange.js";
import { scene } from "./kernel.js";

const THREE = scene({ seed: 3, prompt: 2, guidance: 2 });
const idsAt = (seed: number, prompt: number, guidance: number): number => (seed * 2 + prompt) * 2 + guidance;

test("rows, columns and a chosen value of the third direction", () => {
  const { ids, rowName, columnName, rowLabels } = arrange(THREE, { rows: 1, columns: 0, selected: [0, 0, 1] }, 5);
  expect([rowName, columnName]).toEqual(["prompt", "seed"]);
  expect(rowLabels.map((label) => label.text)).toEqual(["prompt 0", "prompt 1"]);
  expect(ids).toEqual([0, 1].map((prompt) => [0, 1, 2].map((seed) => idsAt(seed, prompt, 1))));
});

test("rows and columns change places without any cell getting lost", () => {
  const { ids } = arrange(THREE, { rows: 0, columns: 2, selected: [0, 1, 0] }, 5);
  expect(ids).toEqual([0, 1, 2].map((seed) => [0, 1].map((guidance) => idsAt(seed, 1, guidance))));
});

test("one direction makes one row or one column", () => {
  const one = scene({ seed: 4 });
  expect(arrange(one, { rows: null, columns: 0, selected: [0] }, 5).ids).toEqual([[0, 1, 2, 3]]);
  expect(arrange(one, { rows: 0, columns: null, selected: [0] }, 5).ids).toEqual([[0], [1], [2], [3]]);
});

test("without rows and columns all cells stand one after the other", () => {
  const { ids } = arrange(scene({ seed: 5 }), { rows: null, columns: null, selected: [0] }, 3);
  expect(ids).toEqual([
    [0, 1, 2],
    [3, 4, null],
  ]);
});

test("a place without a cell is a hole, and no cells at all are no rows", () => {
  const holed = scene({ seed: 2, prompt: 2 });
  holed.cells.splice(1, 1);
  expect(arrange(holed, { rows: 1, columns: 0, selected: [0, 0] }, 5).ids).toEqual([
    [0, 2],
    [null, 3],
  ]);
  expect(arrange(scene({}, { cells: [] }), { rows: null, columns: null, selected: [] }, 4).ids).toEqual([]);
});

test("a layout of a direction that does not exist shows the cells all the same", () => {
  expect(arrange(scene({ seed: 2 }), { rows: 7, columns: null, selected: [] }, 4).ids).toEqual([[0, 1]]);
});

test("where a cell is", () => {
  const arrangement = arrange(THREE, { rows: 1, columns: 0, selected: [0, 0, 0] }, 5);
  expect(placeOf(arrangement, idsAt(2, 1, 0))).toEqual([1, 2]);
  expect(placeOf(arrangement, idsAt(2, 1, 1))).toBeNull();
});

test("two sides along the same direction change places", () => {
  const layout = { rows: 1, columns: 0, selected: [0, 0, 0] };
  expect(turned(layout, "rows", 0)).toEqual({ rows: 0, columns: 1, selected: [0, 0, 0] });
  expect(turned(layout, "columns", 2)).toEqual({ rows: 1, columns: 2, selected: [0, 0, 0] });
  expect(turned(layout, "rows", null)).toEqual({ rows: null, columns: 0, selected: [0, 0, 0] });
});
