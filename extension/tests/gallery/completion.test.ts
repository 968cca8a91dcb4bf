import { expect, test } from "vitest";
import { type Suggestions, suggestionsFor, taken } from "../../src/gallery/completion.js";
import { FIELDS } from "./server.js";

const FOR = (query: string, caret = query.length): Suggestions => suggestionsFor(query, caret, FIELDS.fields);
const texts = (query: string, caret?: number): string[] => FOR(query, caret).options.map(({ text }) => text);

function accept(query: string, text: string, caret = query.length): { query: string; caret: number } {
  const suggestions = FOR(query, caret);
  const option = suggestions.options.find((one) => one.text === text);
  if (!option) throw new Error(`${text} is not suggested.`);
  return taken(query, suggestions, option);
}

test("fields that begin with what is typed come before those that have it inside", () => {
  expect(texts("st")).toEqual(["steps", "stars", "starred"]);
  expect(texts("ST")).toEqual(["steps", "stars", "starred"]);
  expect(texts("ep")).toEqual(["steps"]);
  expect(texts("fox ")).toEqual(["model", "steps", "stars", "starred"]);
  expect(texts("zebra")).toEqual([]);
});

test("a field leads on to its values", () => {
  expect(accept("fox mo", "model")).toEqual({ query: "fox model:", caret: 10 });
  expect(texts("model:")).toEqual(["nano", "dev", 'my "model']);
  expect(texts("model:N")).toEqual(["nano"]);
  expect(texts("starred:")).toEqual(["yes", "no"]);
  expect(texts("steps:")).toEqual([]);
});

test("a value that is taken ends its word", () => {
  expect(accept("model:na", "nano")).toEqual({ query: "model:nano ", caret: 11 });
  expect(accept("model:", 'my "model')).toEqual({ query: 'model:"my ""model" ', caret: 19 });
  expect(accept('model:"my ', 'my "model')).toEqual({ query: 'model:"my ""model" ', caret: 19 });
  expect(texts("model:nano")).toEqual([]);
});

test("only the value under the caret is replaced", () => {
  expect(accept("model:dev,na fox", "nano", 12)).toEqual({ query: "model:dev,nano fox", caret: 15 });
  expect(accept("mo fox", "model", 2)).toEqual({ query: "model: fox", caret: 6 });
  expect(accept("-mo", "model")).toEqual({ query: "-model:", caret: 7 });
});

test("the text of a phrase is nobody's field", () => {
  expect(texts('"st')).toEqual([]);
});
