// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { differenceText } from "../src/grid/difference.js";
import { durationText } from "../src/grid/progress.js";
import type { Progress, RunState } from "../src/grid/protocol.js";
import { Store } from "../src/grid/store.js";
import { View } from "../src/grid/view.js";
import { drawn, Kernel, scene } from "./kernel.js";
import { asData, marking, untranslated } from "./marked.js";

const STATES: RunState[] = ["queued", "running", "pausing", "stopping", "paused", "stopped", "done", "failed"];

afterEach(() => {
  document.body.replaceChildren();
});

test("what is not translated is found: text, title, label, and a text around data", () => {
  document.body.innerText = "";
  const [fine, raw, titled, around] = ["div", "div", "div", "div"].map((tag) =>
    document.body.appendChild(document.createElement(tag)),
  );
  if (fine) fine.textContent = `${marking.__("base: %1", "«fox»")} ≠ 12 %`;
  if (raw) raw.textContent = "Close";
  titled?.setAttribute("title", "Zoom out (−)");
  if (around) around.textContent = marking.__("step %1 of %2", "three", 4);
  expect(untranslated(document.body)).toEqual(["Close", "Zoom out (−)", "⟦step ⟧three⟦ of ⟧4"]);
});

test("a grid with a kernel: its silence and its end, every state of a run, and every button", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const kernel = new Kernel();
  const store = new Store(kernel, marking);
  const grid = new View(store);
  document.body.append(grid.root);
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  await drawn();
  expect(untranslated(document.body)).toEqual([]);
  expect(grid.root.querySelector(".fl-banner")).not.toBeNull();
  const progress: Progress = { state: "queued", done: 3, total: 9, failed: 1, cached: 2, seconds_left: 100, text: "" };
  kernel.say({ type: "scene", scene: asData(scene({ seed: 2 }, { trail: ["before"], code: "lab.run()", progress })) });
  for (const state of STATES) {
    kernel.say({ type: "progress", progress: { ...progress, state } });
    await drawn();
    expect(untranslated(document.body)).toEqual([]);
  }
  kernel.say({ type: "notice", level: "error", text: "«cell failed»", trace: "«Traceback»" });
  store.choose({ sheet: { show: "cell", id: 0 } });
  await drawn();
  expect(untranslated(document.body)).toEqual([]);
  kernel.say({ type: "progress", progress: { ...progress, state: "running" } });
  kernel.say({ type: "cells", cells: [{ id: 1, status: "queued" }] });
  store.choose({ sheet: null });
  store.loseKernel();
  store.mark([0], { stars: 1 });
  await drawn();
  expect(untranslated(document.body)).toEqual([]);
  expect(grid.root.querySelectorAll(".fl-notice")).toHaveLength(2);
  expect(grid.root.textContent).toContain("Ended with the kernel");
  expect(grid.root.textContent).toContain("not made");
  grid.dispose();
  store.dispose();
});

test("numbers in words", () => {
  const said = [
    ...[3, 42, 100, 3600, 9000].map((seconds) => durationText(seconds, marking)),
    ...[0.00001, 0.5, 0.9999].map((share) => differenceText({ largest: 3, mean: share / 50, share }, marking)),
  ];
  for (const text of said) document.body.append(text, " ");
  expect(untranslated(document.body)).toEqual([]);
});
