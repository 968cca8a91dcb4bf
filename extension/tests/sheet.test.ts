// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { BYTES, drawn, scene } from "./kernel.js";
import { answerDetails, cellOf, click, kernel, press, show, text } from "./page.js";

test("a prompt of 10,000 characters is cut in the grid and whole in the details", async () => {
  const long = "fox ".repeat(2500);
  const given = scene({ prompt: 2 });
  Object.assign(given.cells[0] ?? {}, { alt: long, label: long });
  for (const label of given.directions[0]?.labels ?? []) label.text = label.full = long;
  await show(given);
  expect(text(".fl-matrix").length).toBeLessThan(2000);
  cellOf(0).focus();
  await press("Enter");
  answerDetails({ parameters: [{ name: "prompt", text: long, differs: false, base: null }] });
  await drawn();
  expect(text(".fl-details")).toContain(long);
});

test("Enter shows one cell with all about it, and Escape goes back to where the focus was", async () => {
  await show(scene({ seed: 3 }));
  cellOf(1).focus();
  await press("Enter");
  answerDetails();
  await drawn();
  expect(text(".fl-details")).toContain("≠ prompt");
  expect(text(".fl-details")).toContain("base: a cat");
  expect(document.querySelector(".fl-sheet")?.contains(document.activeElement)).toBe(true);
  await click("More seeds");
  expect(kernel.sent.at(-1)).toEqual({ type: "act", action: "seeds", id: 1 });
  await press("Escape");
  expect(document.activeElement).toBe(cellOf(1));
});

test("only the buttons of what works here are shown", async () => {
  await show(scene({ seed: 1 }, { actions: ["rerun"] }));
  cellOf(0).focus();
  await press("Enter");
  const shown = [...document.querySelectorAll(".fl-lightbox .fl-toolbar button:not([hidden])")];
  expect(shown.map((button) => button.textContent)).toEqual(["Re-run this cell"]);
});

test("a note is saved when its field is left, also by closing", async () => {
  await show(scene({ seed: 1 }));
  cellOf(0).focus();
  await press("Enter");
  const field = document.querySelector("textarea");
  field?.focus();
  if (field) field.value = "fine ears";
  expect(await press("f")).toBe(false);
  await press("Escape");
  expect(kernel.sentOf("mark")).toEqual([{ type: "mark", ids: [0], set: { note: "fine ears" } }]);
  expect(cellOf(0).textContent).toContain("✎ note");
});

test("two marked cells are compared, with what differs and a warning", async () => {
  await show(scene({ seed: 3 }));
  cellOf(0).focus();
  for (const key of ["c", "ArrowRight", "c", "v"]) await press(key);
  const { request, ids } = kernel.question("compare");
  expect(ids).toEqual([0, 1]);
  const rows = [
    { name: "seed", values: ["0", "1"], same: false },
    { name: "steps", values: ["8", "8"], same: true },
  ];
  kernel.say({
    type: "reply",
    request,
    ok: true,
    rows,
    factors: ["seed", "steps"],
    warning: "Several factors changed.",
  });
  for (const asked of kernel.sentOf("full")) {
    kernel.say({ type: "reply", request: asked.request, ok: true, mime: "image/png" }, BYTES);
  }
  await drawn();
  expect(text(".fl-recipes")).toContain("⚠ Several factors changed.");
  expect(text(".fl-recipes .fl-differs")).toContain("≠ seed01");
  expect(document.querySelectorAll(".fl-pictures img")).toHaveLength(2);
  await click("Swipe");
  expect(document.querySelector('.fl-pictures input[type="range"]')).not.toBeNull();
});
