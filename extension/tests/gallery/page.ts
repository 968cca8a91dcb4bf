// A page with a gallery, and a person in front of it.
import { afterEach, beforeEach } from "vitest";
import { Gallery } from "../../src/gallery/gallery.js";
import type { GalleryAction, GalleryOptions, GalleryState, Item } from "../../src/gallery/host.js";
import { Lines } from "../../src/gallery/lines.js";
import { english, plain } from "../../src/grid/translate.js";
import { drawn as frames } from "../kernel.js";
import { Server } from "./server.js";

export const HOSTILE = '<img src=x onerror="document.title=1">\u202e&amp;</script>';

export let server: Server;
export let gallery: Gallery;
export let acts: { action: GalleryAction; catalog: string; uids: string[] }[];
export let states: GalleryState[];
export const place = { folder: "" };
const made: Gallery[] = [];
let lines: Lines;

beforeEach(() => {
  server = new Server(0);
  lines = new Lines(server);
  acts = [];
  states = [];
  place.folder = "";
});

afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
  document.body.replaceChildren();
});

/** Lets frames and requests pass until everything is drawn. */
export async function drawn(): Promise<void> {
  for (let round = 0; round < 4; round++) await frames();
}

export async function open(options: Partial<GalleryOptions> = {}): Promise<Gallery> {
  gallery = new Gallery(
    {
      translate: plain,
      trans: english,
      http: server,
      lines,
      hasTabs: true,
      act: (action, catalog, items: readonly Item[]) => {
        acts.push({ action, catalog, uids: items.map(({ uid }) => uid) });
      },
      changed: (state) => states.push(state),
      folder: () => place.folder,
    },
    { state: {}, pageSize: 100, catalogFolder: "", wide: false, ...options },
  );
  made.push(gallery);
  document.body.append(gallery.root);
  gallery.show();
  await drawn();
  return gallery;
}

export function one<Found extends HTMLElement>(selector: string, kind: new () => Found): Found;
export function one(selector: string): HTMLElement;
export function one(selector: string, kind = HTMLElement): HTMLElement {
  const found = document.querySelector(`.fluxlab-gallery ${selector}`);
  if (!(found instanceof kind)) throw new Error(`There is no ${selector}.`);
  return found;
}

export const list = (): HTMLElement => one(".fg-list");
export const tile = (uid: string): HTMLElement => one(`.fg-tile[data-uid="${uid}"]`);
export const tiles = (): string[] =>
  [...document.querySelectorAll<HTMLElement>(".fg-tile")].map((each) => each.dataset.uid ?? "");
export const selected = (): string[] => gallery.selection.map(({ uid }) => uid);
export const focusedUid = (): string | undefined =>
  document.activeElement instanceof HTMLElement ? document.activeElement.dataset.uid : undefined;

export async function scrollTo(top: number): Promise<void> {
  list().scrollTop = top;
  list().dispatchEvent(new Event("scroll"));
  await drawn();
}

export async function click(target: HTMLElement, modifiers: MouseEventInit = {}): Promise<void> {
  target.focus();
  target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ...modifiers }));
  await drawn();
}

export async function press(key: string, modifiers: KeyboardEventInit = {}): Promise<boolean> {
  const target = document.activeElement ?? document.body;
  const left = target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifiers }),
  );
  await drawn();
  return !left;
}

export function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll("button")].find(
    (each) => each.textContent === name && !each.hidden && !each.closest("[hidden]"),
  );
  if (!found) throw new Error(`There is no button ${name}.`);
  return found;
}

/** Types a query as a person does, and lets it be searched for. */
export async function type(text: string): Promise<void> {
  const box = one(".fg-search", HTMLInputElement);
  box.focus();
  await drawn();
  box.value = text;
  box.setSelectionRange(text.length, text.length);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await drawn();
}

export async function search(text: string): Promise<void> {
  await type(text);
  await press("Enter");
}
