import { expect, test } from "vitest";
import { changeOf, DEFAULTS } from "../../src/lab/settings.js";

test("the same settings change nothing", () => {
  expect(changeOf(DEFAULTS, { ...DEFAULTS })).toBeNull();
});

test("only another thumbnail size takes back what the slider was moved to", () => {
  expect(changeOf(DEFAULTS, { ...DEFAULTS, thumbnailSize: 200 })).toEqual({ side: 200 });
  expect(changeOf(DEFAULTS, { ...DEFAULTS, pageSize: 20 })).toEqual({});
});

test("another catalog folder takes back what a person has chosen", () => {
  const set = { ...DEFAULTS, catalog: "work" };
  expect(changeOf(DEFAULTS, set)).toEqual({ pickedUnder: null });
  expect(changeOf(set, DEFAULTS)).toEqual({ pickedUnder: null, catalog: null });
});
