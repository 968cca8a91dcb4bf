// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { type Http, HttpError, unreachable } from "../../src/api/http.js";
import { plain } from "../../src/grid/translate.js";
import { Actions } from "../../src/lab/actions.js";
import type { Notebooks } from "../../src/lab/notebooks.js";
import { item } from "../gallery/server.js";

interface Told {
  text: string;
  actions: { label: string; callback: () => void }[];
}

const lab = vi.hoisted(() => ({ told: [] as Told[], NetworkError: class extends TypeError {} }));
vi.mock("@jupyterlab/apputils", () => ({
  Notification: {
    error: (text: string, options: Partial<Told> = {}) => lab.told.push({ text, actions: options.actions ?? [] }),
    info: () => undefined,
  },
}));
vi.mock("@jupyterlab/services", () => ({ ServerConnection: { NetworkError: lab.NetworkError } }));

const UNREACHABLE = "The Jupyter server cannot be reached: see whether it runs, then press Retry.";

let failure: Error | null;
let failsToInsert: Error | null;
let inserted: string[];
let actions: Actions;

beforeEach(() => {
  lab.told = [];
  [failure, failsToInsert, inserted] = [null, null, []];
  const http = {
    json: () => (failure ? Promise.reject(failure) : Promise.resolve({ code: "lab.generate()" })),
  } as unknown as Http;
  const notebooks = {
    insert: (code: string) => {
      if (failsToInsert) return Promise.reject(failsToInsert);
      inserted.push(code);
      return Promise.resolve();
    },
  } as unknown as Notebooks;
  actions = new Actions(
    http,
    notebooks,
    plain,
    () => undefined,
    () => ({}),
  );
});

const insert = (): Promise<void> => actions.do("insert", "c1", [item(1)]);

test.each([
  [unreachable(), UNREACHABLE],
  [new HttpError(409, "The catalog is newer.", { told: true }), "The catalog is newer."],
  [
    new HttpError(200, "no JSON"),
    "The answer is not one of fluxlab's: load the page again, and log in where it asks you to.",
  ],
])("Insert that fails says why in a sentence, and is tried again: %s", async (reason, sentence) => {
  failure = reason;
  await insert();
  expect(lab.told.map(({ text }) => text)).toEqual([sentence]);
  expect(inserted).toEqual([]);
  failure = null;
  expect(lab.told[0]?.actions.map(({ label }) => label)).toEqual(["Retry"]);
  lab.told[0]?.actions[0]?.callback();
  await vi.waitFor(() => {
    expect(inserted).toEqual(["lab.generate()"]);
  });
});

test("a notebook that cannot be made is told of, too, and tried again", async () => {
  failsToInsert = new lab.NetworkError("Failed to fetch");
  await insert();
  expect(lab.told.map(({ text }) => text)).toEqual([UNREACHABLE]);
  failsToInsert = null;
  lab.told[0]?.actions[0]?.callback();
  await vi.waitFor(() => {
    expect(inserted).toHaveLength(1);
  });
});
