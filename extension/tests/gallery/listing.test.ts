import { beforeEach, expect, test } from "vitest";
import { Client } from "../../src/api/client.js";
import { Listing } from "../../src/gallery/listing.js";
import { item, items, Server, unreachable } from "./server.js";

let server: Server;
let listing: Listing;
const TOP = (): { from: number; to: number } => ({ from: 0, to: 20 });

beforeEach(async () => {
  server = new Server(1000);
  const client = new Client(server);
  listing = new Listing(
    (cursor, limit, signal) => client.generations("one", { query: "", cursor, limit }, signal),
    100,
    () => undefined,
  );
  await listing.start(new AbortController().signal);
});

/** Lets requests pass that are under way. */
const passed = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve);
  });
const uids = (): string[] => listing.items.map(({ uid }) => uid);
const ALL = (count: number): string[] => items(count).map(({ uid }) => uid);

test("two pages are there before they are needed, and no more", async () => {
  expect(uids()).toEqual(ALL(1000).slice(0, 100));
  listing.want(50);
  await passed();
  expect(listing.items).toHaveLength(300);
  listing.want(120);
  await passed();
  expect(listing.items).toHaveLength(400);
  expect(server.asked).toHaveLength(4);
  expect(listing.total).toBe(1000);
});

test("all of it, in order, each image once", async () => {
  listing.want(5000);
  await passed();
  expect(listing.complete).toBe(true);
  expect(uids()).toEqual(ALL(1000));
});

test("where a page fails the rest stays, and it can be tried again", async () => {
  server.failure = unreachable();
  listing.want(50);
  await passed();
  listing.want(60);
  await passed();
  expect(listing.items).toHaveLength(100);
  expect(listing.problem).toBe(server.failure);
  expect(server.asked).toHaveLength(2);
  server.failure = null;
  listing.retry();
  await passed();
  expect(listing.items).toHaveLength(300);
  expect(listing.problem).toBeNull();
});

test("new images come to the top, changed ones change in their places, and what has gone goes", async () => {
  listing.want(50);
  await passed();
  const changed = server.items.filter(({ uid }) => uid !== "u995");
  changed[3] = { ...item(997), stars: 4 };
  server.change([item(1002), item(1001), ...changed]);
  await listing.refresh(server.version, TOP);
  expect(uids().slice(0, 9)).toEqual(["u1002", "u1001", "u1000", "u999", "u998", "u997", "u996", "u994", "u993"]);
  expect(listing.items[5]?.stars).toBe(4);
  expect(new Set(uids()).size).toBe(301);
  expect(listing.total).toBe(1001);
  listing.want(5000);
  await passed();
  expect(uids()).toEqual(["u1002", "u1001", ...ALL(1000).filter((uid) => uid !== "u995")]);
});

test("only pages in the window are asked for again, the others when one comes there", async () => {
  listing.want(300);
  await passed();
  server.items = server.items.map((one) => ({ ...one, stars: 1 }));
  server.change(server.items);
  const before = server.asked.length;
  await listing.refresh(server.version, () => ({ from: 210, to: 220 }));
  expect(server.asked.length - before).toBe(2);
  expect(listing.items.filter(({ stars }) => stars === 1)).toHaveLength(200);
  expect(listing.isStale({ from: 210, to: 290 })).toBe(false);
  expect(listing.isStale({ from: 290, to: 310 })).toBe(true);
});

test("a refresh that is wanted during another follows it", async () => {
  server.hold("generations");
  const first = listing.refresh("v2", TOP);
  await passed();
  server.items = [item(1001), ...server.items];
  server.change(server.items);
  const second = listing.refresh(server.version, TOP);
  server.release("generations");
  await Promise.all([first, second]);
  expect(uids()[0]).toBe("u1001");
  expect(server.asked.length).toBeLessThanOrEqual(3);
});

test("so many new images that there is a gap are said, not shown with the gap", async () => {
  server.change([...Array.from({ length: 150 }, (_, place) => item(1150 - place)), ...server.items]);
  await listing.refresh(server.version, TOP);
  expect(listing.outdated).toBe(true);
  expect(uids()[0]).toBe("u1000");
});

test("an image far down is found by larger pages, and one that is not there is given up", async () => {
  expect(await listing.seek("u300")).toBe(true);
  expect(uids()).toContain("u300");
  expect(server.asked.length).toBeLessThanOrEqual(3);
  expect(await listing.seek("nobody")).toBe(false);
});

test("after it has stopped nothing is added", async () => {
  server.hold("generations");
  listing.want(50);
  listing.stop();
  server.release("generations");
  await passed();
  expect(listing.items).toHaveLength(100);
});
