import { afterEach, beforeEach, expect, test } from "vitest";
import { HttpError, unreachable } from "../../src/api/http.js";
import { AT_ONCE, PICTURES_KEPT, Thumbnails } from "../../src/gallery/thumbnails.js";

const alive = new Set<string>();
const createObjectURL = URL.createObjectURL.bind(URL);
const revokeObjectURL = URL.revokeObjectURL.bind(URL);
let asked: string[];
let answers: Map<string, { give: (blob: Blob) => void; fail: (reason: unknown) => void }>;
let thumbnails: Thumbnails;

beforeEach(() => {
  alive.clear();
  URL.createObjectURL = (blob: Blob): string => {
    const url = createObjectURL(blob);
    alive.add(url);
    return url;
  };
  URL.revokeObjectURL = (url: string): void => {
    alive.delete(url);
    revokeObjectURL(url);
  };
  asked = [];
  answers = new Map();
  thumbnails = new Thumbnails(
    (sha256, side) =>
      new Promise((give, fail) => {
        asked.push(`${sha256}@${side}`);
        answers.set(`${sha256}@${side}`, { give, fail });
      }),
    () => undefined,
  );
});

afterEach(() => {
  thumbnails.dispose();
  URL.createObjectURL = createObjectURL;
  URL.revokeObjectURL = revokeObjectURL;
});

const MANY = Array.from({ length: PICTURES_KEPT + 50 }, (_, number) => `s${number}`);

const passed = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve);
  });

async function give(key: string): Promise<void> {
  answers.get(key)?.give(new Blob([key]));
  await passed();
}

async function fail(key: string, reason: unknown): Promise<void> {
  answers.get(key)?.fail(reason);
  await passed();
}

test("a few are fetched at a time, in the order that they are wanted in", async () => {
  thumbnails.want(MANY, 128);
  expect(asked).toEqual(MANY.slice(0, AT_ONCE).map((sha256) => `${sha256}@128`));
  await give("s1@128");
  expect(asked).toHaveLength(AT_ONCE + 1);
  expect(asked.at(-1)).toBe(`s${AT_ONCE}@128`);
  expect(thumbnails.url("s1")).toMatch(/^blob:/);
  expect(thumbnails.url("s0")).toBeNull();
});

test("what is not wanted any more is not fetched, and nothing is fetched twice", async () => {
  thumbnails.want(MANY, 128);
  thumbnails.want(["s3", "x"], 128);
  await give("s0@128");
  await give("s1@128");
  expect(asked.slice(AT_ONCE)).toEqual(["x@128"]);
  expect(asked.filter((key) => key === "s3@128")).toHaveLength(1);
});

test("another size is shown until the wanted one is there", async () => {
  thumbnails.want(["a"], 128);
  await give("a@128");
  const small = thumbnails.url("a");
  thumbnails.want(["a"], 512);
  expect(thumbnails.url("a")).toBe(small);
  await give("a@512");
  expect(thumbnails.url("a")).not.toBe(small);
});

test("a picture that is not there is not asked for again; where nobody was reached it is", async () => {
  thumbnails.want(["a", "b"], 128);
  await fail("a@128", new HttpError(404, "There is none.", { told: true }));
  await fail("b@128", unreachable());
  expect([thumbnails.isBroken("a"), thumbnails.isBroken("b")]).toEqual([true, false]);
  thumbnails.want(["a", "b"], 128);
  expect(asked).toHaveLength(2);
  thumbnails.forgive();
  thumbnails.want(["a", "b"], 128);
  expect(asked).toEqual(["a@128", "b@128", "b@128"]);
});

test("pictures are bounded, and every URL is revoked in the end", async () => {
  for (const sha256 of MANY) {
    thumbnails.want([sha256], 128);
    answers.get(`${sha256}@128`)?.give(new Blob([sha256]));
    await Promise.resolve().then(() => undefined);
  }
  await passed();
  expect(alive.size).toBe(PICTURES_KEPT);
  expect(thumbnails.url("s0")).toBeNull();
  thumbnails.want(["late"], 128);
  thumbnails.dispose();
  await give("late@128");
  expect(alive.size).toBe(0);
});
