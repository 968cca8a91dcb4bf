// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { button, click, drawn, one, open, press, search, selected, server, tile, tiles, type } from "./page.js";
import { items, unreachable } from "./server.js";

const options = (): string[] =>
  [...document.querySelectorAll(".fg-options [role=option] > :first-child")].map((each) => each.textContent);
const box = (): HTMLInputElement => one(".fg-search", HTMLInputElement);

async function unfold(): Promise<void> {
  one(".fg-facets", HTMLDetailsElement).open = true;
  one(".fg-facets").dispatchEvent(new Event("toggle"));
  await drawn();
}

test("the focus stays in the box while the catalogs are on their way", async () => {
  server.hold("catalogs");
  await open();
  one(".fg-search").focus();
  expect(one(".fg-search").closest("[hidden]")).toBeNull();
  server.release("catalogs");
  await drawn();
  expect(one(".fg-search").closest("[hidden]")).toBeNull();
  expect(document.activeElement).toBe(one(".fg-search"));
});

test("the words of a query say which images are shown, and what was selected among the others is not any more", async () => {
  server.items = items(10);
  await open();
  await click(tile("u10"));
  await search("model:dev");
  expect(tiles()).toEqual(["u9", "u7", "u5", "u3", "u1"]);
  expect(one(".fg-total").textContent).toBe("5 images");
  expect(selected()).toEqual([]);
  await search("number 9");
  expect(one(".fg-total").textContent).toBe("1 image");
});

test("an answer that was overtaken by another is not shown", async () => {
  server.items = items(10);
  await open();
  server.hold("query=model%3Adev");
  await search("model:dev");
  expect(one(".fg-searching").getAttribute("aria-busy")).toBe("true");
  await search("model:nano");
  server.release("query=model%3Adev");
  await drawn();
  expect(tiles()[0]).toBe("u10");
  expect(one(".fg-total").textContent).toBe("5 images");
  expect(one(".fg-searching").hasAttribute("aria-busy")).toBe(false);
});

test("what is wrong with a query is said beside the box, and the list stays", async () => {
  server.items = items(4);
  await open();
  await search("colour:red");
  expect(one(".fg-error").textContent).toBe("⚠ 'colour:red' (word 1) has no field.");
  expect(box().getAttribute("aria-invalid")).toBe("");
  expect(box().getAttribute("aria-describedby")).toBe(one(".fg-error").id);
  expect(tiles()).toHaveLength(4);
  await search("model:dev");
  expect(one(".fg-error").textContent).toBe("");
  expect(tiles()).toHaveLength(2);
});

test("a query that nothing answers says so, and leads back", async () => {
  server.items = items(4);
  await open();
  await search("unicorn");
  expect(one(".fg-empty").textContent).toContain("No image answers this query.");
  await click(button("Show all images"));
  expect(tiles()).toHaveLength(4);
  expect(box().value).toBe("");
});

test("fields and values are suggested, and taken by key", async () => {
  server.items = items(4);
  await open();
  await type("mod");
  expect(options()).toEqual(["model"]);
  expect(box().getAttribute("aria-expanded")).toBe("true");
  expect(box().getAttribute("aria-activedescendant")).toBeNull();
  await press("ArrowDown");
  const active = box().getAttribute("aria-activedescendant") ?? "";
  expect(document.getElementById(active)?.getAttribute("aria-selected")).toBe("true");
  await press("Enter");
  expect(box().value).toBe("model:");
  expect(options()).toEqual(["nano", "dev", 'my "model']);
  await press("ArrowUp");
  await press("ArrowUp");
  await press("Tab");
  expect(box().value).toBe("model:dev ");
  expect(tiles()).toEqual(["u3", "u1"]);
  expect(one(".fg-options").hidden).toBe(true);
});

test("Escape closes the suggestions, and then empties the box", async () => {
  server.items = items(4);
  await open();
  await search("model:dev");
  await type("model:dev st");
  expect(options()).toEqual(["steps", "stars", "starred"]);
  await press("Escape");
  expect(one(".fg-options").hidden).toBe(true);
  expect(box().value).toBe("model:dev st");
  await press("Escape");
  expect(box().value).toBe("");
  expect(tiles()).toHaveLength(4);
  expect(await press("Escape")).toBe(false);
});

test("a suggestion is taken by a click, which leaves the focus in the box", async () => {
  server.items = items(4);
  await open();
  await type("model:n");
  const option = one(".fg-options li");
  const pressed = new MouseEvent("mousedown", { bubbles: true, cancelable: true });
  option.dispatchEvent(pressed);
  expect(pressed.defaultPrevented).toBe(true);
  option.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
  expect(tiles()).toEqual(["u4", "u2"]);
  expect(document.activeElement).toBe(box());
});

test("while one writes, no word of it is written over", async () => {
  server.items = items(4);
  await open();
  await type('model:dev "re');
  server.change([...server.items]);
  await drawn();
  expect(box().value).toBe('model:dev "re');
});

test("facets are asked for when they are unfolded, add their words, and take them away", async () => {
  server.items = items(5);
  await open();
  expect(server.askedFor("facets")).toHaveLength(0);
  await unfold();
  const values = (): string[] => [...document.querySelectorAll(".fg-value")].map((each) => each.textContent);
  expect(values()).toEqual(["nano2", "dev3"]);
  expect(one(".fg-more").textContent).toBe("and 3 more");
  one('.fg-value[data-words="model:dev"]').focus();
  one('.fg-value[data-words="model:dev"]').click();
  await drawn();
  expect(box().value).toBe("model:dev");
  expect(tiles()).toEqual(["u5", "u3", "u1"]);
  expect(values()).toEqual(["dev3"]);
  expect(one('.fg-value[data-words="model:dev"]').getAttribute("aria-pressed")).toBe("true");
  expect(document.activeElement).toBe(one('.fg-value[data-words="model:dev"]'));
  one('.fg-value[data-words="model:dev"]').click();
  await drawn();
  expect(box().value).toBe("");
  expect(values()).toEqual(["nano2", "dev3"]);
});

test("facets stay with what the list shows where a query is refused", async () => {
  server.items = items(5);
  await open();
  await unfold();
  await search("colour:red");
  expect(server.askedFor("facets")).toHaveLength(1);
  expect(one(".fg-value").textContent).toBe("nano2");
});

test("facets follow the catalog", async () => {
  server.items = items(5);
  await open();
  await unfold();
  server.change(items(7));
  await drawn();
  expect(one(".fg-value").textContent).toBe("nano3");
});

test("a search that reaches nobody leaves the list, says so, and can be tried again", async () => {
  server.items = items(4);
  await open();
  server.failure = unreachable();
  await search("model:dev");
  expect(tiles()).toHaveLength(4);
  expect(one(".fg-banner").textContent).toContain("cannot be reached");
  server.failure = null;
  await click(button("Retry"));
  expect(tiles()).toEqual(["u3", "u1"]);
  expect(document.querySelector(".fg-banner")).toBeNull();
});

test("words that get no answer have no number of images, say so, and are searched for again", async () => {
  server.items = items(4);
  await open();
  server.failure = unreachable();
  await search("model:dev");
  expect(one(".fg-total").textContent).toBe("");
  expect(one(".fg-error").textContent).toContain("These words got no answer");
  expect(box().getAttribute("aria-describedby")).toBe(one(".fg-error").id);
  await search("");
  expect(one(".fg-total").textContent).toBe("4 images");
  expect(one(".fg-error").textContent).toBe("");
  await search("model:dev");
  server.failure = null;
  await press("Enter");
  expect(tiles()).toEqual(["u3", "u1"]);
  expect(one(".fg-total").textContent).toBe("2 images");
  expect(one(".fg-error").textContent).toBe("");
  expect(document.querySelector(".fg-banner")).toBeNull();
});
