// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { acts, button, click, one, open, press, server, tile } from "./page.js";
import { items } from "./server.js";

test("the bar says that more are not loaded, and that there are too many for a cell", async () => {
  server.items = items(12_345);
  await open({ pageSize: 200 });
  tile("u12345").focus();
  await press("a", { ctrlKey: true });
  expect(one(".fg-chosen-count").textContent).toBe(
    "600 of 12,345 selected, all that are loaded: the rest loads as you scroll down. " +
      "They can be marked; cells take at most 500.",
  );
  const insert = button("Insert");
  const why = document.getElementById(insert.getAttribute("aria-describedby") ?? "")?.textContent;
  expect(why).toBe("At most 500 images at a time: select fewer.");
  expect(insert.title).toBe(why);
  await click(insert);
  expect(acts).toEqual([]);
  expect(one(".fg-message-line").textContent).toContain(why);
  await click(tile("u12345"));
  expect(one(".fg-chosen-count").textContent).toBe("1 selected");
  expect([insert.getAttribute("aria-disabled"), insert.title]).toEqual([null, "A cell that makes it again"]);
});

test.each([
  [[6], "Compare", "Two to four images can be compared: select another one."],
  [[6, 5, 4, 3, 2], "Compare", "Two to four images can be compared: select fewer."],
  [[6, 5], "Copy recipe", "The recipe of one image can be copied: select only one."],
  [[2, 1], "Sweep", "No sweep has made what is selected."],
  [[6, 1], "Sweep", "What is selected is not all of one sweep."],
])("with %j selected, %s says why not", async (numbers, name, why) => {
  server.items = items(6, (number) => (number > 3 ? { run: "r1" } : {}));
  await open();
  for (const [index, number] of numbers.entries()) await click(tile(`u${number}`), { ctrlKey: index > 0 });
  expect(button(name).title).toBe(why);
  expect(button(name).getAttribute("aria-disabled")).toBe("true");
});

test("what means nothing for a selection cannot be pressed", async () => {
  server.items = items(6, (number) => (number > 5 ? { run: "r1" } : {}));
  await open();
  const works = (): string[] =>
    [...document.querySelectorAll<HTMLButtonElement>(".fg-actions button:not([aria-disabled])")].map(
      (b) => b.textContent,
    );
  expect(one(".fg-actions").hidden).toBe(true);
  await click(tile("u6"));
  expect(works()).toEqual(["Insert", "Show", "DataFrame", "Grid", "Open in panel", "Copy recipe", "Sweep"]);
  await click(tile("u4"), { shiftKey: true });
  expect(works()).toEqual(["Insert", "Show", "DataFrame", "Grid", "Open in panel", "Compare"]);
  button("Insert").click();
  tile("u4").focus();
  await press("c");
  expect(acts.map(({ action, uids }) => [action, uids])).toEqual([
    ["insert", ["u6", "u5", "u4"]],
    ["compare", ["u6", "u5", "u4"]],
  ]);
  await click(tile("u2"), { shiftKey: true });
  await press("c");
  expect(acts).toHaveLength(2);
  expect(one(".fg-message-line").textContent).toContain("two to four");
});
