// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { dayOf, keyOf, titleOf } from "../../src/gallery/groups.js";
import { plain } from "../../src/grid/translate.js";
import { item } from "./server.js";

const at = (year: number, month: number, day: number, hour = 12): string =>
  new Date(year, month - 1, day, hour).toISOString();

test("a day is one where the reader is", () => {
  expect(dayOf(at(2026, 3, 5, 0))).toBe("2026-03-05");
  expect(dayOf(at(2026, 3, 5, 23))).toBe("2026-03-05");
  expect(dayOf("never")).toBe("");
});

test("today and yesterday have names, over the end of a month too", () => {
  const now = new Date(2026, 2, 1, 8);
  expect(titleOf(item(1, { created: at(2026, 3, 1, 1) }), "day", plain, now)).toBe("Today");
  expect(titleOf(item(1, { created: at(2026, 2, 28, 23) }), "day", plain, now)).toBe("Yesterday");
  const older = titleOf(item(1, { created: at(2026, 2, 27) }), "day", plain, now);
  expect(older).toContain("27");
  expect(older).toContain("2026");
  expect(titleOf(item(1, { created: "never" }), "day", plain, now)).toBe("Day not known");
});

test("images of one run stand together, and have its name", () => {
  const key = keyOf("sweep");
  expect(key?.(item(1, { run: "r" }))).toBe(key?.(item(2, { run: "r" })));
  expect(key?.(item(1, { run: "r" }))).not.toBe(key?.(item(2)));
  expect(titleOf(item(1, { run: "r", run_name: "foxes" }), "sweep", plain)).toBe("foxes");
  expect(titleOf(item(1, { run: "0123456789" }), "sweep", plain)).toBe("Sweep 01234567");
  expect(titleOf(item(1), "sweep", plain)).toBe("Single images");
  expect(keyOf("none")).toBeNull();
});
