// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { button, click, list, one, open, press, scrollTo, search, selected, server, tile, tiles } from "./page.js";
import { items } from "./server.js";

test("the newest images come first, and of thousands only those near the window are elements", async () => {
  server.items = items(3000);
  await open();
  expect(tiles().slice(0, 3)).toEqual(["u3000", "u2999", "u2998"]);
  expect(tiles().length).toBeLessThan(60);
  expect(one(".fg-total").textContent).toBe("3,000 images");
  expect(server.askedFor("generations")).toHaveLength(3);
  expect(server.askedFor("thumbnails").length).toBeGreaterThan(0);
  await scrollTo(2000);
  expect(tiles()).not.toContain("u2990");
});
