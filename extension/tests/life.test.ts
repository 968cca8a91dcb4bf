// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { cell, drawn, scene } from "./kernel.js";
import { cellOf, click, closeModel, kernel, press, show, text } from "./page.js";

test("a run is told in words and by its buttons", async () => {
  const progress = { state: "running", done: 1, total: 4, failed: 0, cached: 0, seconds_left: 30, text: "" } as const;
  await show(scene({ seed: 4 }, { progress }));
  expect(text(".fl-progress-text")).toBe("Running · 1 of 4 done · about 30 s left");
  await click("Cancel");
  expect(kernel.sent.at(-1)).toEqual({ type: "act", action: "cancel" });
  kernel.say({ type: "progress", progress: { ...progress, state: "stopping" } });
  await drawn();
  expect(text(".fl-progress-text")).toContain("Stopping after this step");
  expect(document.querySelectorAll(".fl-progress button:not([hidden])")).toHaveLength(0);
});

test.each(["comm:close", "comm_live_update"])("after %s nothing seems to run any more", async (event) => {
  const progress = { state: "running", done: 1, total: 4, failed: 0, cached: 0, seconds_left: 30, text: "" } as const;
  const given = scene({ seed: 4 }, { progress });
  given.cells[1] = cell(1, { status: "running", version: null, step: 2 });
  const { host } = await show(given);
  host.classList.add("jupyter-widgets-disconnected");
  kernel.emit(event);
  await drawn();
  expect(text(".fl-banner")).toContain("The kernel has stopped: what was made is in the catalog. Run the cell again.");
  expect(text(".fl-progress-text")).toBe("Ended with the kernel · 1 of 4 done");
  expect(cellOf(1).textContent).toContain("not made");
  expect(document.querySelectorAll(".fl-progress button:not([hidden])")).toHaveLength(0);
});

test("a live comm that was only updated is no reason for a banner", async () => {
  await show(scene({ seed: 1 }));
  kernel.emit("comm_live_update");
  await drawn();
  expect(document.querySelector(".fl-banner")).toBeNull();
});

test("what the notebook keeps for those without a kernel is hidden as long as the view is there", async () => {
  const kept = document.createElement("p");
  kept.className = "left-in-the-notebook";
  document.body.append(kept);
  const view = await show(scene({ seed: 1 }));
  expect(getComputedStyle(kept).display).toBe("none");
  view.remove();
  expect(getComputedStyle(kept).display).not.toBe("none");
  kept.remove();
});

test("a view that takes the place of one that had the focus has it, and its choices", async () => {
  const first = await show(scene({ seed: 3, prompt: 2 }));
  cellOf(3).focus();
  await press("c");
  first.remove();
  await show();
  expect(document.activeElement).toBe(cellOf(3));
  expect(text(".fl-compare-bar")).toContain("1 cell marked");
});

test.each([
  ["closed", true],
  ["taken out of the page", false],
])("a view that stands in the page already has the focus when the other one is %s", async (_, closed) => {
  const first = await show(scene({ seed: 3 }));
  cellOf(1).focus();
  const second = await show();
  expect(first.host.contains(document.activeElement)).toBe(true);
  if (closed) first.remove();
  else first.host.remove();
  kernel.say({ type: "cells", cells: [{ id: 0, stars: 1 }] });
  await drawn();
  expect(second.host.contains(document.activeElement)).toBe(true);
});

test("a view takes the focus from nobody", async () => {
  const first = await show(scene({ seed: 3 }));
  cellOf(1).focus();
  first.remove();
  const field = document.body.appendChild(document.createElement("input"));
  field.focus();
  await show();
  expect(document.activeElement).toBe(field);
});

test("after all views and the model are closed nobody listens any more", async () => {
  const first = await show(scene({ seed: 3 }));
  const second = await show();
  first.remove();
  second.remove();
  closeModel();
  expect(kernel.listeners).toBe(0);
});
