import { expect, test } from "vitest";
import { nearestFirst } from "../../src/gallery/nearest.js";
import { reconciled } from "../../src/gallery/reconcile.js";
import { catalog, item } from "./server.js";

const of = (...numbers: number[]): ReturnType<typeof item>[] => numbers.map((number) => item(number));
const uids = (rows: readonly { uid: string }[] | null): string[] | undefined => rows?.map(({ uid }) => uid);
const NONE = new Set<string>();

test("new images push none of the old ones out", () => {
  expect(uids(reconciled(of(5, 4, 3), of(7, 6, 5), false, NONE))).toEqual(["u7", "u6", "u5", "u4", "u3"]);
});

test("what later pages hold stays theirs", () => {
  expect(uids(reconciled(of(5, 4, 3), of(5, 3, 2, 1), false, new Set(["u2", "u1"])))).toEqual(["u5", "u3"]);
});

test("what has gone from the middle or from the end of all is gone", () => {
  expect(uids(reconciled(of(5, 4, 3), of(5, 3), true, NONE))).toEqual(["u5", "u3"]);
  expect(uids(reconciled(of(5, 4, 3), [], true, NONE))).toEqual([]);
});

test("a changed image is the newer one", () => {
  const [five, ...others] = of(5, 4);
  const changed = { ...item(5), stars: 3 };
  expect(five).not.toEqual(changed);
  expect(reconciled([item(5), ...others], [changed, ...others], true, NONE)?.[0]).toEqual(changed);
});

test("where nothing is common there may be a gap, and that is said", () => {
  expect(reconciled(of(3, 2, 1), of(9, 8, 7), false, NONE)).toBeNull();
  expect(uids(reconciled([], of(9, 8), false, NONE))).toEqual(["u9", "u8"]);
});

test("the catalog of the folder, then around it, then below it, then the others", () => {
  const all = ["other", "art/deep/er", "", "art", "art/deep"].map((folder) => catalog(folder, { folder }));
  const folders = (folder: string): string[] => nearestFirst(all, folder).map((entry) => entry.folder);
  expect(folders("art/deep")).toEqual(["art/deep", "art", "", "art/deep/er", "other"]);
  expect(folders("/art/")).toEqual(["art", "", "art/deep", "art/deep/er", "other"]);
  expect(folders("arts")[0]).toBe("");
});
