import { expect, test } from "vitest";
import { anchorAt, scrollFor } from "../../src/gallery/anchor.js";
import { layRows, type Motion, movedIndex, rowOf, type Rows, rowsIn } from "../../src/gallery/rows.js";
import { items } from "./server.js";

const MEASURES = { columns: 3, rowHeight: 100, headingHeight: 20 };
const TEN = items(10, (number) => ({ run: number > 6 ? "b" : "a" }));
const byRun = (item: { run: string | null }): string => item.run ?? "";
/** A heading at 0, rows at 20 and 120, a heading at 220, rows at 240 and 340. */
const GROUPED = layRows(TEN, MEASURES, byRun);

test("groups have a heading and begin a row", () => {
  expect(GROUPED.rows.map(({ heading, from, to, top }) => [heading, from, to, top])).toEqual([
    [true, 0, 4, 0],
    [false, 0, 3, 20],
    [false, 3, 4, 120],
    [true, 4, 10, 220],
    [false, 4, 7, 240],
    [false, 7, 10, 340],
  ]);
  expect(GROUPED.height).toBe(440);
});

test("without groups rows are full but for the last; no images are no rows", () => {
  const { rows, height } = layRows(TEN, MEASURES, null);
  expect(rows.map(({ from, to }) => [from, to])).toEqual([
    [0, 3],
    [3, 6],
    [6, 9],
    [9, 10],
  ]);
  expect(height).toBe(400);
  expect(layRows([], MEASURES, byRun)).toEqual({ rows: [], height: 0, columns: 3 });
});

test("every image is in the row that it is looked for in", () => {
  for (let index = 0; index < 10; index++) {
    const row = GROUPED.rows[rowOf(GROUPED, index)];
    expect(row?.heading).toBe(false);
    expect(row && row.from <= index && index < row.to).toBe(true);
  }
});

test("rows in a window and beside it", () => {
  expect(rowsIn(GROUPED, 0, 100, 0)).toEqual({ from: 0, to: 2 });
  expect(rowsIn(GROUPED, 20, 100, 0)).toEqual({ from: 1, to: 2 });
  expect(rowsIn(GROUPED, 230, 50, 20)).toEqual({ from: 2, to: 5 });
  expect(rowsIn(GROUPED, 9000, 100, 0)).toEqual({ from: 6, to: 6 });
  expect(rowsIn(layRows([], MEASURES, null), 0, 100, 0)).toEqual({ from: 0, to: 0 });
});

test.each<[number, Motion, number]>([
  [0, "left", 0],
  [3, "left", 2],
  [9, "right", 9],
  [0, "up", 0],
  [1, "down", 3],
  [3, "down", 4],
  [6, "up", 3],
  [5, "down", 8],
  [9, "down", 9],
  [5, "first", 0],
  [5, "last", 9],
  [0, "page-down", 4],
  [9, "page-up", 3],
])("from image %i, %s leads to %i", (from, motion, to) => {
  expect(movedIndex(GROUPED, from, motion, 10, 350)).toBe(to);
});

test("a page is a row at least, however low the window is", () => {
  expect(movedIndex(GROUPED, 0, "page-down", 10, 10)).toBe(3);
});

const order = (rows: typeof TEN): string[] => rows.map(({ uid }) => uid);

function scrolled(before: typeof TEN, now: typeof TEN, scroll: number): number | null {
  const lay = (rows: typeof TEN): Rows => layRows(rows, MEASURES, null);
  const anchor = anchorAt(lay(before), order(before), scroll);
  return anchor && scrollFor(anchor, lay(now), order(now));
}

test("what stands at the top of the window stays there when images come before it", () => {
  expect(scrolled(TEN, items(13), 130)).toBe(230);
  expect(scrolled(TEN, items(14), 130)).toBe(230);
  expect(scrolled(TEN, items(16), 130)).toBe(330);
});

test("at the very top nothing is kept, so that new images show", () => {
  expect(anchorAt(GROUPED, order(TEN), 0)).toBeNull();
});

test("where what stood at the top has gone, its neighbours stay", () => {
  const without = TEN.filter(({ uid }) => uid !== "u7");
  expect(scrolled(TEN, without, 130)).toBe(130);
  expect(scrolled(TEN, [], 130)).toBeNull();
});
