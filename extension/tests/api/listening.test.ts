import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Listening } from "../../src/api/listening.js";
import { Server, unreachable } from "../gallery/server.js";

let server: Server;
let heard: string[];
let listening: Listening;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  heard = [];
  listening = new Listening((signal) => server.stream("catalogs/one/events", signal), {
    changed: ({ version }) => heard.push(version),
    connected: (now) => heard.push(now ? "up" : "down"),
  });
});

afterEach(() => {
  listening.stop();
  vi.useRealTimers();
});

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

test("changes are told as they come, and what is no change is not", async () => {
  listening.start();
  await pass(0);
  server.say(": beat\n\nevent: change\ndata: {\n\nevent: change\ndata: 7\n\nevent: other\ndata: {}\n\n");
  server.change([]);
  await pass(0);
  expect(heard).toEqual(["up", "v2"]);
});

test("a line that was lost is tried again, ever less often, and at once when it had stood", async () => {
  listening.start();
  await pass(0);
  server.hangUp();
  await pass(0);
  expect(heard).toEqual(["up", "down"]);
  server.failure = unreachable();
  await pass(1000 + 2000 + 4000);
  expect(server.asked).toHaveLength(4);
  await pass(7999);
  expect(server.asked).toHaveLength(4);
  server.failure = null;
  await pass(1);
  expect(heard.at(-1)).toBe("up");
  server.say(": beat\n\n");
  server.hangUp();
  await pass(1000);
  expect(server.asked).toHaveLength(6);
});

test("a line without a heartbeat is given up", async () => {
  listening.start();
  await pass(30_000);
  server.say(": beat\n\n");
  await pass(30_000);
  expect(heard).toEqual(["up"]);
  await pass(15_000);
  expect(heard).toEqual(["up", "down"]);
  expect(server.lines).toBe(0);
  await pass(1000);
  expect(heard).toEqual(["up", "down", "up"]);
});

test("after it has stopped nothing is open, and nothing is tried", async () => {
  listening.start();
  await pass(0);
  expect(server.lines).toBe(1);
  listening.stop();
  await pass(100_000);
  expect(server.lines).toBe(0);
  expect(server.asked).toHaveLength(1);
  expect(heard).toEqual(["up"]);
});
