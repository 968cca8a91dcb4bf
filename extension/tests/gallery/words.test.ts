import { expect, test } from "vitest";
import { hasWords, isUnfinished, toggledWords, wordsOf } from "../../src/gallery/words.js";

test("spaces part words, but not within quotes", () => {
  const query = '  fox model:"my model" -"red  hat" x"open ';
  expect(wordsOf(query).map(({ text }) => text)).toEqual(["fox", 'model:"my model"', '-"red  hat"', 'x"open ']);
  for (const { text, from, to } of wordsOf(query)) expect(query.slice(from, to)).toBe(text);
  expect(wordsOf("")).toEqual([]);
});

test("words are added at the end and taken away wherever they stand", () => {
  expect(toggledWords("fox", "model:nano")).toBe("fox model:nano");
  expect(toggledWords("model:nano  fox", "model:nano")).toBe("fox");
  expect(toggledWords("", 'model:"my model"')).toBe('model:"my model"');
  expect(toggledWords('model:"my model"', 'model:"my model"')).toBe("");
  expect(toggledWords("width:512", "width:512 height:512")).toBe("width:512 height:512");
});

test("a word is there only as a whole", () => {
  expect(hasWords("model:nano-schnell", "model:nano")).toBe(false);
  expect(hasWords('fox model:"a b"', 'model:"a b"')).toBe(true);
  expect(hasWords("fox", "")).toBe(false);
});

test.each([
  ['"red', true],
  ["model:", true],
  ["steps>=", true],
  ["model:dev,", true],
  ['"red fox"', false],
  ["model:dev", false],
  ["", false],
])("whether somebody is in the middle of %s", (query, unfinished) => {
  expect(isUnfinished(query)).toBe(unfinished);
});
