// @vitest-environment happy-dom
import { expect, test } from "vitest";
import type { Cell } from "../src/grid/protocol.js";
import grid from "../src/grid/widget.js";
import { BYTES, cell, drawn, Kernel, scene } from "./kernel.js";
import { answerDetails, cellOf, click, HOSTILE, kernel, press, show, text } from "./page.js";

test("the grid says to assistive technology how large it is and where a cell stands", async () => {
  await show(scene({ seed: 3, prompt: 2 }));
  const root = document.querySelector('[role="grid"]');
  expect(root?.getAttribute("aria-rowcount")).toBe("3");
  expect(root?.getAttribute("aria-colcount")).toBe("4");
  expect(cellOf(3).getAttribute("aria-colindex")).toBe("3");
  expect(cellOf(3).closest('[role="row"]')?.getAttribute("aria-rowindex")).toBe("3");
  expect(cellOf(0).getAttribute("aria-label")).toBe("a fox, seed 0");
});

const NOT_FOR_NOTEBOOK = "data-lm-suppress-shortcuts";

test("the notebook takes no key from whatever has the focus, but for saving", async () => {
  await show(scene({ seed: 2 }));
  const controls = document.querySelectorAll<HTMLElement>('[role="grid"] [tabindex="0"], button, select, input');
  const focusable = [...controls].filter((control) => !control.hasAttribute("disabled"));
  expect(focusable.length).toBeGreaterThan(5);
  for (const one of focusable) {
    one.focus();
    await press("b");
    expect(one.getAttribute(NOT_FOR_NOTEBOOK)).toBe("true");
    await press("s", { ctrlKey: true });
    expect(one.closest(`[${NOT_FOR_NOTEBOOK}]`)).toBeNull();
  }
});

test("a form keeps its keys as long as it is shown, and those of others are theirs", async () => {
  const form = document.body.appendChild(document.createElement("div"));
  form.className = "fluxlab-panel";
  const [inside, outside] = [document.createElement("button"), document.createElement("button")];
  const host = document.createElement("div");
  form.append(host, inside);
  document.body.append(outside);
  const end = grid().render({ model: new Kernel(true), el: host });
  expect(host.textContent).toBe(".left-in-the-notebook { display: none; }");
  const kept = async (one: HTMLElement): Promise<boolean> => {
    one.focus();
    await press("m");
    return one.hasAttribute(NOT_FOR_NOTEBOOK);
  };
  expect(await kept(inside)).toBe(true);
  expect(await kept(outside)).toBe(false);
  end();
  inside.removeAttribute(NOT_FOR_NOTEBOOK);
  expect(await kept(inside)).toBe(false);
});

test("hostile text is shown as text everywhere", async () => {
  const given = scene(
    { seed: 2, prompt: 7, guidance: 8 },
    {
      title: HOSTILE,
      summary: HOSTILE,
      warnings: [HOSTILE],
      fixed: [[HOSTILE, HOSTILE]],
      code: HOSTILE,
      trail: [HOSTILE],
    },
  );
  for (const direction of given.directions) {
    direction.name = HOSTILE + direction.name;
    for (const label of direction.labels) label.text = label.full = HOSTILE;
  }
  for (const one of given.cells) Object.assign(one, { alt: HOSTILE, label: HOSTILE, error: HOSTILE, note: HOSTILE });
  await show(given);
  kernel.say({ type: "notice", level: "error", text: HOSTILE, trace: HOSTILE });
  cellOf(0).focus();
  await press("Enter");
  answerDetails({ notes: [HOSTILE], code: HOSTILE, path: HOSTILE });
  await drawn();
  expect(document.querySelectorAll("img[onerror], script")).toHaveLength(0);
  for (const place of [".fl-title", ".fl-column", ".fl-warning", ".fl-notice", ".fl-details", ".fl-message"]) {
    expect(text(place)).toContain('<img src=x onerror="');
  }
});

test.each([
  [{ status: "failed", error: "No memory." }, "failed"],
  [{ status: "waiting" }, "waiting"],
  [{ status: "queued" }, "queued"],
  [{ status: "running", step: 3, steps: 8 }, "step 3 of 8"],
  [{ status: "interrupted" }, "interrupted"],
  [{ status: "crashed" }, "crashed"],
  [{ status: "missing" }, "missing"],
  [{ cached: true }, "cached"],
  [{ lossy: true }, "lossy"],
  [{ notes: ["same pixels as seed 3"] }, "same"],
  [{ rejected: true }, "rejected"],
] satisfies [Partial<Cell>, string][])("a cell that is %o has its own sign and the word %s", async (change, word) => {
  const given = scene({ seed: 2 });
  given.cells[0] = cell(0, change);
  await show(given);
  const sign = cellOf(0).querySelector(".fl-sign");
  expect(sign?.textContent).toMatch(new RegExp(`^\\S ${word}$`));
  expect(cellOf(0).getAttribute("aria-label")).toContain(word);
  expect(cellOf(1).querySelector(".fl-sign")).toBeNull();
});

test("a cell appears when it is done, and its preview while it is made", async () => {
  const given = scene({ seed: 1 });
  given.cells[0] = cell(0, { status: "running", version: null });
  await show(given);
  const image = cellOf(0).querySelector("img");
  expect(image?.hidden).toBe(true);
  kernel.say({ type: "preview", id: 0, step: 2 }, BYTES);
  await drawn();
  const preview = image?.src;
  expect(preview).toMatch(/^blob:/);
  expect(text(".fl-sign")).toBe("▶ step 2 of 8");
  kernel.say({ type: "cells", cells: [{ id: 0, status: "ok", version: "v0" }] });
  await drawn();
  kernel.say({ type: "thumbs", ids: [0], mimes: ["image/webp"], versions: ["v0"] }, BYTES);
  await drawn();
  expect(image?.src).toMatch(/^blob:/);
  expect(image?.src).not.toBe(preview);
  expect(document.querySelector(".fl-sign")).toBeNull();
});

test("of 500 cells only those near the window are elements, and only their thumbnails are asked for", async () => {
  await show(scene({ seed: 20, prompt: 25 }));
  const elements = document.querySelectorAll(".fl-cell").length;
  expect(elements).toBeLessThan(60);
  expect(kernel.sentOf("thumbs").flatMap((message) => message.ids).length).toBeLessThanOrEqual(elements);
  cellOf(0).focus();
  await press("End", { ctrlKey: true });
  expect(document.activeElement?.getAttribute("aria-label")).toBe("a fox, seed 499");
  expect(document.querySelectorAll(".fl-cell").length).toBeLessThan(60);
});

test("arrows move the focus, holes are passed over, and there is one tab stop", async () => {
  const given = scene({ seed: 4 });
  given.cells.splice(1, 1);
  await show(given);
  cellOf(0).focus();
  expect(await press("ArrowRight")).toBe(true);
  expect(document.activeElement).toBe(cellOf(2));
  await press("Home");
  expect(document.activeElement).toBe(cellOf(0));
  expect(document.querySelectorAll('.fl-cell[tabindex="0"]')).toHaveLength(1);
});

test("keys that mean nothing here are left to the browser", async () => {
  await show(scene({ seed: 2 }));
  cellOf(0).focus();
  expect(await press("Escape")).toBe(false);
  expect(await press("c", { ctrlKey: true })).toBe(false);
  expect(await press("v")).toBe(false);
});

test("stars, rejection and marks by keys", async () => {
  await show(scene({ seed: 2 }));
  cellOf(0).focus();
  await press("f");
  await press("f");
  await press("3");
  await press("x");
  expect(kernel.sentOf("mark").map((message) => message.set)).toEqual([
    { stars: 5 },
    { stars: null },
    { stars: 3 },
    { rejected: true },
  ]);
  expect(cellOf(0).textContent).toContain("★★★");
  await press("c");
  expect(text(".fl-compare-bar")).toContain("1 cell marked");
});

test("all pictures follow one zoom, and full images are asked for when thumbnails are too coarse", async () => {
  await show(scene({ seed: 8 }));
  cellOf(0).focus();
  await press("+");
  expect(kernel.sentOf("full")).toHaveLength(0);
  await press("+");
  await press("+");
  expect(text(".fl-zoom")).toContain("195 %");
  expect(document.querySelector<HTMLElement>(".fluxlab-image-grid")?.style.getPropertyValue("--fl-scale")).toMatch(
    /^1\.95/,
  );
  expect(kernel.sentOf("full").length).toBeGreaterThan(0);
  await press("0");
  expect(text(".fl-zoom")).toContain("100 %");
});

test("directions beyond rows and columns are tabs up to six values, and sliders above", async () => {
  await show(scene({ seed: 2, prompt: 2, guidance: 3, steps: 7 }));
  expect(document.querySelectorAll(".fl-tab")).toHaveLength(3);
  const slider = document.querySelector<HTMLInputElement>('.fl-slider input[aria-label="steps"]');
  expect(slider?.max).toBe("6");
  expect(document.querySelector('.fl-cell[aria-label="a fox, seed 0"]')).not.toBeNull();
  await click("guidance 2");
  expect(document.querySelector('.fl-cell[aria-label="a fox, seed 0"]')).toBeNull();
  expect(document.querySelector('.fl-cell[aria-label="a fox, seed 14"]')).not.toBeNull();
});
