// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { HttpError } from "../../src/api/http.js";
import { button, click, drawn, gallery, one, open, search, server, tiles } from "./page.js";
import { item, items, unreachable } from "./server.js";

test("out of sight nothing listens, and what happened meanwhile shows when it is back", async () => {
  server.items = items(3);
  await open();
  expect(server.lines).toBe(1);
  gallery.hide();
  expect(server.lines).toBe(0);
  server.change([item(4), ...server.items]);
  gallery.show();
  await drawn();
  expect(tiles()[0]).toBe("u4");
  expect(server.lines).toBe(1);
});

/** The window goes to the background, as behind another tab of the browser, or comes back. */
async function turnWindow(hidden: boolean): Promise<void> {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  await drawn();
}

test("in a window that nobody sees nothing listens, and what is new is fetched when somebody does again", async () => {
  server.items = items(3);
  await open();
  try {
    await turnWindow(true);
    expect(server.lines).toBe(0);
    server.change([item(4), ...server.items]);
    server.asked.length = 0;
    gallery.hide();
    gallery.show();
    await drawn();
    expect(server.asked).toEqual([]);
    await turnWindow(false);
    expect(server.lines).toBe(1);
    expect(tiles()[0]).toBe("u4");
  } finally {
    await turnWindow(false);
  }
});

test("the galleries of a window share one line to a catalog, and the last one closes it", async () => {
  server.items = items(3);
  const side = await open();
  const tab = await open({ wide: true });
  expect(server.lines).toBe(1);
  expect(server.askedFor("events")).toHaveLength(1);
  server.change([item(4), ...server.items]);
  await drawn();
  for (const { root } of [side, tab]) expect(root.querySelector<HTMLElement>(".fg-tile")?.dataset.uid).toBe("u4");
  side.hide();
  expect(server.lines).toBe(1);
  server.change([item(5), ...server.items]);
  await drawn();
  expect(tab.root.querySelector<HTMLElement>(".fg-tile")?.dataset.uid).toBe("u5");
  tab.dispose();
  expect(server.lines).toBe(0);
  side.show();
  await drawn();
  expect(side.root.querySelector<HTMLElement>(".fg-tile")?.dataset.uid).toBe("u5");
});

test("a change that comes while a search is on its way is not missed", async () => {
  server.items = items(3);
  await open();
  const answered = server.json.bind(server);
  vi.spyOn(server, "json").mockImplementationOnce(async (path: string, init?: RequestInit) => {
    const answer: unknown = await answered(path, init);
    server.change([item(4), ...server.items]);
    await drawn();
    return answer;
  });
  await search("fox");
  await drawn();
  expect(tiles()).toEqual(["u4", "u3", "u2", "u1"]);
});

test("a line that is lost is told, and when it is back what was missed shows", async () => {
  server.items = items(2);
  await open();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    server.hangUp();
    await drawn();
    server.items = items(3);
    expect(one(".fg-banner").textContent).toContain("The line to the server is lost");
    await vi.advanceTimersByTimeAsync(1500);
  } finally {
    vi.useRealTimers();
  }
  await drawn();
  expect(document.querySelector(".fg-banner")).toBeNull();
  expect(tiles()[0]).toBe("u3");
});

test("where the server is gone it is said, and Retry tries all at once", async () => {
  server.items = items(2);
  await open();
  server.failure = unreachable();
  server.hangUp();
  await drawn();
  expect(one(".fg-banner").textContent).toContain("cannot be reached: see whether it runs, then press Retry");
  expect(tiles()).toEqual(["u2", "u1"]);
  await click(button("Retry"));
  expect(one(".fg-banner").textContent).toContain("cannot be reached");
  server.failure = null;
  server.items = items(3);
  await click(button("Retry"));
  expect(document.querySelector(".fg-banner")).toBeNull();
  expect(tiles()[0]).toBe("u3");
  expect(server.lines).toBe(1);
});

const CLOSING = new HttpError(503, "The Jupyter server shuts down.", { told: true });

test("what a server says while it ends is told only until it has ended, and goes when it is there again", async () => {
  server.items = items(2);
  await open();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    server.failure = CLOSING;
    server.hangUp();
    await drawn();
    expect(one(".fg-banner").textContent).toContain("The Jupyter server shuts down.");
    server.failure = unreachable();
    await vi.advanceTimersByTimeAsync(1000);
    await drawn();
    expect(one(".fg-banner").textContent).toContain("cannot be reached");
    expect(one(".fg-banner").textContent).not.toContain("shuts down");
    server.asked.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.askedFor("events").length).toBeLessThan(7);
    server.failure = null;
    server.items = items(3);
    await vi.advanceTimersByTimeAsync(30_000);
  } finally {
    vi.useRealTimers();
  }
  await drawn();
  expect(document.querySelector(".fg-banner")).toBeNull();
  expect(tiles()[0]).toBe("u3");
});

test("what a search meets with is newer than what the server said while it ended", async () => {
  server.items = items(2);
  await open();
  server.failure = CLOSING;
  server.hangUp();
  await drawn();
  server.failure = unreachable();
  await search("model:dev");
  expect(one(".fg-banner").textContent).toContain("cannot be reached");
  server.failure = null;
  await search("model:nano");
  expect(one(".fg-banner").textContent).toContain("The line to the server is lost");
  expect(tiles()).toEqual(["u2"]);
});

test("a catalog that refuses its images and its line, but is listed, is asked ever less often", async () => {
  server.items = items(2);
  const answered = server.json.bind(server);
  const stream = server.stream.bind(server);
  const damaged = new HttpError(409, "The catalog is damaged.", { told: true });
  const asked = (): number => server.askedFor("events").length;
  const opened = vi.spyOn(server, "stream").mockImplementation((path) => {
    server.asked.push(path);
    // Without an end to it, nothing else would ever have its turn.
    if (asked() > 100) return new Promise(() => null);
    return Promise.reject(damaged);
  });
  const told = vi
    .spyOn(server, "json")
    .mockImplementation((path: string, init?: RequestInit) =>
      path.includes("generations") ? Promise.reject(damaged) : answered(path, init),
    );
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    await open();
    expect(one(".fg-empty").textContent).toContain("The catalog is damaged.");
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(6);
    told.mockImplementation(answered);
    opened.mockImplementation(stream);
    await vi.advanceTimersByTimeAsync(30_000);
  } finally {
    vi.useRealTimers();
  }
  await drawn();
  expect(tiles()).toEqual(["u2", "u1"]);
});
