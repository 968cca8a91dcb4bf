import { expect, test } from "vitest";
import { EventParser } from "../../src/api/event_stream.js";

const WHOLE = ': beat\n\nevent: change\ndata: {"a":1}\n\ndata: one\ndata:two\n\nevent: alone\n\n';
const EVENTS = [
  { event: "change", data: '{"a":1}' },
  { event: "message", data: "one\ntwo" },
];

test("events, comments, and an event without data", () => {
  expect(new EventParser().feed(WHOLE)).toEqual(EVENTS);
});

test("wherever the pieces are cut, the events are the same", () => {
  for (const text of [WHOLE, WHOLE.replaceAll("\n", "\r\n")]) {
    for (let cut = 0; cut <= text.length; cut++) {
      const parser = new EventParser();
      expect([...parser.feed(text.slice(0, cut)), ...parser.feed(text.slice(cut))]).toEqual(EVENTS);
    }
  }
});
