// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpError, unreachable } from "../../src/api/http.js";
import { english } from "../../src/grid/translate.js";
import { CompareView } from "../../src/tabs/compare_view.js";
import { ServerModel } from "../../src/tabs/server_model.js";
import { SweepView } from "../../src/tabs/sweep_view.js";
import type { TabView } from "../../src/tabs/tab.js";
import { drawn } from "../kernel.js";
import { GridServer } from "./grid_server.js";

const UNREACHABLE = "The Jupyter server cannot be reached: see whether it runs, then press Retry.";

let server: GridServer;
let view: TabView | null = null;

beforeEach(() => {
  server = new GridServer();
});

afterEach(() => {
  view?.dispose();
});

function open(what: "compare" | "sweep"): HTMLElement {
  const uids = ["u0", "u1"];
  const model = new ServerModel(server, "c1", what === "compare" ? { uids } : { run: "r1" }, english);
  view = what === "compare" ? new CompareView(model, english) : new SweepView(model, english, () => undefined);
  document.body.append(view.root);
  return view.root;
}

/** What a screen reader says at once. */
const alerts = (): string[] =>
  [...document.querySelectorAll('[role="alert"]')].map((alert) => alert.textContent).filter((text) => text !== "");

function retry(): HTMLButtonElement {
  const buttons = [...document.querySelectorAll("button")].filter((each) => each.textContent === "Retry");
  const [shown, ...others] = buttons.filter((each) => !each.hidden);
  if (!shown || others.length > 0) throw new Error(`There are ${others.length} buttons more to try again.`);
  return shown;
}

/** As by the Enter key: the button keeps the focus that it has. */
function press(button: HTMLButtonElement): void {
  button.focus();
  expect(document.activeElement).toBe(button);
  button.click();
}

test.each(["compare", "sweep"] as const)(
  "a %s that cannot be had says why, and is tried again by a key",
  async (what) => {
    server.failure = unreachable();
    const root = open(what);
    await vi.waitFor(() => {
      expect(alerts()).toEqual([`⚠ ${UNREACHABLE}`]);
    });
    const heard: string[] = [];
    new MutationObserver(() => heard.push(...alerts())).observe(document.body, { childList: true, subtree: true });
    press(retry());
    await vi.waitFor(() => {
      expect(heard.at(-1)).toBe(`⚠ ${UNREACHABLE}`); // once more
    });
    expect(document.activeElement).toBe(retry());
    server.failure = null;
    press(retry());
    await vi.waitFor(() => {
      expect(alerts()).toEqual([]);
    });
    expect(root.contains(document.activeElement)).toBe(true);
    await vi.waitFor(() => {
      expect(root.querySelectorAll("img").length).toBeGreaterThan(1);
    });
  },
);

test("the server's own sentence is shown as it is", async () => {
  server.failure = new HttpError(404, "There is no run 'r1' in this catalog.", { told: true });
  open("sweep");
  await vi.waitFor(() => {
    expect(alerts()).toEqual(["⚠ There is no run 'r1' in this catalog."]);
  });
});

test("images and table of a comparison that fail are tried again together, and said once", async () => {
  const root = open("compare");
  await vi.waitFor(() => {
    expect(server.askedFor("/grid")).toHaveLength(1);
    server.failure = unreachable();
    expect(alerts()).toEqual([`⚠ ${UNREACHABLE}`]);
  });
  expect(root.textContent).not.toContain("Waiting");
  server.failure = null;
  press(retry());
  await vi.waitFor(() => {
    expect(root.textContent).toContain("What differs: seed.");
    expect(root.querySelectorAll("figure img")).toHaveLength(2);
  });
  expect(alerts()).toEqual([]);
});

test("the details of one cell that fail are tried again", async () => {
  const root = open("sweep");
  await vi.waitFor(() => {
    expect(root.querySelector(".fl-cell")).not.toBeNull();
  });
  server.failure = unreachable();
  root.querySelector<HTMLElement>(".fl-cell")?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
  await vi.waitFor(() => {
    expect(root.querySelector('.fl-lightbox [role="alert"]')?.textContent).toBe(`⚠ ${UNREACHABLE}`);
  });
  server.failure = null;
  const button = root.querySelector<HTMLButtonElement>(".fl-lightbox .fl-failure button");
  if (button) press(button);
  await vi.waitFor(() => {
    expect(root.querySelector(".fl-details")?.textContent).toContain("Parameters");
    expect(root.querySelector('.fl-lightbox [role="alert"]')?.textContent).toBe("");
  });
  expect(root.querySelector(".fl-sheet")?.contains(document.activeElement)).toBe(true);
});

test("a mark that is refused says why, can be tried again, and leaves the focus in the grid", async () => {
  const root = open("sweep");
  await vi.waitFor(() => {
    expect(root.querySelector(".fl-cell")).not.toBeNull();
  });
  const cell = root.querySelector<HTMLElement>(".fl-cell");
  cell?.focus();
  server.failure = new HttpError(409, "The catalog is read-only.", { told: true });
  cell?.dispatchEvent(new KeyboardEvent("keydown", { key: "3", bubbles: true }));
  await vi.waitFor(() => {
    expect(alerts()).toHaveLength(1);
  });
  expect(alerts()[0]).toContain("The catalog is read-only.");
  server.failure = null;
  press(retry());
  await drawn();
  await vi.waitFor(() => {
    expect(root.querySelector(".fl-marks")?.textContent).toBe("★★★");
  });
  expect(alerts()).toEqual([]);
  expect(document.activeElement).toBe(root.querySelector(".fl-cell"));
});
