// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unreachable } from "../../src/api/http.js";
import { english } from "../../src/grid/translate.js";
import { ServerModel } from "../../src/tabs/server_model.js";
import { SweepView } from "../../src/tabs/sweep_view.js";
import { GridServer } from "./grid_server.js";

const MINUTE = 60_000;

let server: GridServer;
let view: SweepView;

const grids = (): number => server.askedFor("/grid").length;
const shown = (id: number): string | undefined =>
  view.root.querySelector<HTMLElement>(`.fl-cell[data-id="${id}"]`)?.dataset.status;
/** Lets so much time pass, and all that happens in it. */
const pass = async (milliseconds = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds + 100);
};

beforeEach(async () => {
  vi.useFakeTimers();
  server = new GridServer();
  for (const id of [1, 2, 3, 4, 5]) server.cells.set(id, { status: "missing", uid: null, version: null });
  view = new SweepView(new ServerModel(server, "c1", { run: "r1" }), english, () => undefined);
  document.body.append(view.root);
  await pass();
});

afterEach(() => {
  view.dispose();
  vi.useRealTimers();
});

/** It is in sight, and has heard which version the catalog has. */
async function followed(): Promise<void> {
  view.show();
  await pass();
  server.say("1");
  await pass(MINUTE);
}

test("a sweep that still runs fills in", async () => {
  await followed();
  expect(shown(1)).toBe("missing");
  server.cells.delete(1);
  server.say("2");
  await pass();
  expect(shown(1)).toBe("ok");
  expect(shown(2)).toBe("missing");
});

test("what a person has set and looks at stays, and nothing is drawn that is as before", async () => {
  await followed();
  view.root.querySelector<HTMLElement>('.fl-cell[data-id="3"]')?.focus();
  const size = view.root.querySelector<HTMLInputElement>('input[aria-label="Size"]');
  if (!size) throw new Error("There is no size.");
  size.value = "256";
  size.dispatchEvent(new Event("input"));
  const thumbnails = server.askedFor("/thumbnails/v0").length;
  server.cells.delete(1);
  server.say("2");
  await pass(MINUTE);
  expect(shown(1)).toBe("ok");
  expect(size.isConnected).toBe(true);
  expect(size.value).toBe("256");
  expect(document.activeElement?.getAttribute("data-id")).toBe("3");
  const cell = view.root.querySelector('.fl-cell[data-id="1"]');
  server.say("3");
  await pass(MINUTE);
  expect(view.root.querySelector('.fl-cell[data-id="1"]')).toBe(cell);
  expect(server.askedFor("/thumbnails/v0").length).toBe(thumbnails);
});

test("many changes are one request, and while it is under way no other begins", async () => {
  await followed();
  const before = grids();
  server.slow = "";
  for (const version of ["2", "3", "4"]) server.say(version);
  await pass(MINUTE);
  expect(grids()).toBe(before + 1);
  server.slow = null;
  server.go();
  await pass();
  for (const version of ["5", "6", "7"]) server.say(version);
  await pass(MINUTE);
  expect(grids()).toBe(before + 2);
  await pass(10 * MINUTE);
  expect(grids()).toBe(before + 2);
});

test("it follows only in sight, and misses nothing that came meanwhile", async () => {
  await pass(MINUTE);
  expect(server.lines).toBe(0);
  await followed();
  expect(server.lines).toBe(1);
  view.hide();
  expect(server.lines).toBe(0);
  const before = grids();
  server.cells.delete(1);
  await pass(MINUTE);
  expect(grids()).toBe(before);
  view.show();
  await pass();
  server.say("2");
  await pass();
  expect(shown(1)).toBe("ok");
});

test("a closed tab asks for nothing any more", async () => {
  await followed();
  server.say("2");
  view.dispose();
  const before = server.asked.length;
  await pass(10 * MINUTE);
  expect(server.lines).toBe(0);
  expect(server.asked.length).toBe(before);
});

test("after a failure the next change brings the images again, and takes the trouble away", async () => {
  await followed();
  server.failure = unreachable();
  server.say("2");
  await pass(MINUTE);
  const alert = view.root.querySelector('.fl-failure [role="alert"]');
  expect(alert?.textContent).toContain("cannot be reached");
  const before = grids();
  await pass(10 * MINUTE);
  expect(grids()).toBe(before);
  server.failure = null;
  server.cells.delete(1);
  server.say("2");
  await pass();
  expect(shown(1)).toBe("ok");
  expect(alert?.textContent).toBe("");
});
