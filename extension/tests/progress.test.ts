import { expect, test } from "vitest";
import { durationText, progressText, runActions } from "../src/grid/progress.js";
import type { Action, Progress } from "../src/grid/protocol.js";
import { english } from "../src/grid/translate.js";

const RUN: Progress = {
  state: "running",
  done: 12,
  total: 48,
  failed: 0,
  cached: 0,
  seconds_left: 130,
  text: "",
};
const ALL: Action[] = ["cancel", "pause", "resume"];

test("state, numbers and time left", () => {
  expect(progressText(RUN, false, english)).toBe("Running · 12 of 48 done · about 2 min left");
  expect(progressText({ ...RUN, cached: 8, failed: 1, seconds_left: null }, false, english)).toBe(
    "Running · 12 of 48 done · 8 from the catalog · 1 failed",
  );
});

test("no time is left for a run that does not run", () => {
  expect(progressText({ ...RUN, state: "paused" }, false, english)).toBe("Paused · 12 of 48 done");
  expect(progressText({ ...RUN, state: "stopping" }, false, english)).toBe("Stopping after this step · 12 of 48 done");
});

test("a run whose kernel is gone does not seem to run", () => {
  expect(progressText(RUN, true, english)).toBe("Ended with the kernel · 12 of 48 done");
  expect(progressText({ ...RUN, state: "done", done: 48 }, true, english)).toBe("Done · 48 of 48 done");
  expect(runActions(RUN, ALL, true)).toEqual([]);
});

test("buttons that make sense, of those that work here", () => {
  expect(runActions(RUN, ALL, false)).toEqual(["pause", "cancel"]);
  expect(runActions({ ...RUN, state: "paused" }, ALL, false)).toEqual(["resume", "cancel"]);
  expect(runActions({ ...RUN, state: "stopping" }, ALL, false)).toEqual([]);
  expect(runActions({ ...RUN, state: "done" }, ALL, false)).toEqual([]);
  expect(runActions(RUN, ["cancel"], false)).toEqual(["cancel"]);
});

test("lengths of time", () => {
  expect([3, 42, 100, 3600, 9000].map((seconds) => durationText(seconds, english))).toEqual([
    "a few seconds",
    "40 s",
    "2 min",
    "60 min",
    "2.5 h",
  ]);
});
