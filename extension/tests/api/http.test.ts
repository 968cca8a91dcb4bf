import { expect, test } from "vitest";
import { Client } from "../../src/api/client.js";
import { bodyOf, errorOf, type Http, HttpError, UNREACHABLE, unreachable } from "../../src/api/http.js";
import { Latest } from "../../src/api/latest.js";
import { sentenceOf } from "../../src/api/sentence.js";
import { plain } from "../../src/grid/translate.js";

const answer = (status: number, body: string): Response => new Response(body, { status, statusText: "No" });

test("a refusal is the server's sentence and the field it is about", async () => {
  const error = await errorOf(answer(400, '{"message": "steps=x is no number.", "field": "query"}'));
  expect(error).toMatchObject({ status: 400, message: "steps=x is no number.", field: "query", told: true });
});

test.each(["<html>404</html>", '{"message": "Not Found", "reason": null}', '"text"', "{}", ""])(
  "an answer of somebody else is no sentence of ours: %s",
  async (body) => {
    expect(await errorOf(answer(404, body))).toMatchObject({
      status: 404,
      told: false,
      message: "The server answered 404 No.",
    });
  },
);

test("a page in the place of JSON, as one to log in, and a line that breaks are told apart from bugs", async () => {
  const page = new Response("<!DOCTYPE html><title>Jupyter</title>");
  const failed = bodyOf(page, () => page.json());
  await expect(failed).rejects.toBeInstanceOf(HttpError);
  expect(sentenceOf(await failed.catch((reason: unknown) => reason), plain)).toContain("log in where it asks you to");
  const broken = bodyOf(page, () => Promise.reject(new TypeError("network error")));
  await expect(broken).rejects.toMatchObject({ status: UNREACHABLE });
  const stop = new AbortController();
  stop.abort();
  const aborted = bodyOf(page, () => Promise.reject(new DOMException("", "AbortError")), stop.signal);
  await expect(aborted).rejects.toBeInstanceOf(DOMException);
});

test("a request that reached nobody has no status", () => {
  expect(unreachable().status).toBe(UNREACHABLE);
});

class Recorder implements Http {
  readonly asked: { path: string; init: RequestInit }[] = [];
  json<T>(path: string, init: RequestInit = {}): Promise<T> {
    this.asked.push({ path, init });
    return Promise.resolve({} as T);
  }
  bytes(path: string): Promise<Blob> {
    this.asked.push({ path, init: {} });
    return Promise.resolve(new Blob());
  }
  stream(path: string): Promise<ReadableStream<Uint8Array>> {
    this.asked.push({ path, init: {} });
    return Promise.resolve(new ReadableStream());
  }
}

test("what is asked goes into the path as text, whatever it is", async () => {
  const http = new Recorder();
  const client = new Client(http);
  await client.generations("../one", { query: 'a&limit=9 "b" %', cursor: null, limit: 100 });
  await client.generation("one", "a/../b?c#d");
  await client.grid("one", { uids: ["a", "b"], x: "seed" });
  await client.thumbnail("one", "sha", 128);
  expect(http.asked.map(({ path }) => path)).toEqual([
    "catalogs/..%2Fone/generations?query=a%26limit%3D9+%22b%22+%25&limit=100",
    "catalogs/one/generations/a%2F..%2Fb%3Fc%23d",
    "catalogs/one/grid?uids=a%2Cb&x=seed",
    "catalogs/one/thumbnails/sha?side=128",
  ]);
});

test("the name of a file that is imported fits into a header", async () => {
  const http = new Recorder();
  await new Client(http).importImage("one", new Blob(["x"], { type: "image/png" }), "Fuchs ü\n.png");
  const headers = new Headers(http.asked[0]?.init.headers);
  expect(headers.get("Content-Type")).toBe("image/png");
  expect(decodeURIComponent(headers.get("X-Fluxlab-Name") ?? "")).toBe("Fuchs ü\n.png");
});

test("an answer, or a failure, that was overtaken is dropped, and its request aborted", async () => {
  const latest = new Latest();
  const signals: AbortSignal[] = [];
  const settle: (() => void)[] = [];
  const ask = (fails: boolean) => (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      signals.push(signal);
      settle.push(() => {
        if (fails) reject(new Error("late"));
        else resolve("answer");
      });
    });
  const answers = [latest.run(ask(false)), latest.run(ask(true)), latest.run(ask(false))];
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true, false]);
  for (const go of settle) go();
  expect(await Promise.all(answers)).toEqual([null, null, "answer"]);
  await expect(latest.run(() => Promise.reject(new Error("now")))).rejects.toThrow("now");
});
