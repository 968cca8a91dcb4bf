import type { WordField } from "../api/types.js";
import { wordsOf } from "./words.js";

export interface Suggestion {
  /** What is shown. */
  text: string;
  help: string;
  /** What takes the place of `from` to `to`. */
  insert: string;
  /** It is whole: a space comes after it. */
  ends: boolean;
}

export interface Suggestions {
  from: number;
  to: number;
  options: Suggestion[];
}

const MOST = 50;

/** What a value is that stands in quotes, where a quote is doubled; these may not be closed yet. */
function unquoted(typed: string): string {
  return typed.startsWith('"') ? typed.slice(1).replace(/"$/, "").replaceAll('""', '"') : typed;
}

/** What begins with the text first, then what has it inside. */
function fitting<T>(all: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  const lower = typed.toLowerCase();
  const places = all.map((one) => [textOf(one).toLowerCase().indexOf(lower), one] as const);
  const begins = places.filter(([place]) => place === 0);
  const inside = places.filter(([place]) => place > 0);
  return [...begins, ...inside].slice(0, MOST).map(([, one]) => one);
}

/** What the word under the caret could become: a field, or a value of the field that it names. */
export function suggestionsFor(query: string, caret: number, fields: readonly WordField[]): Suggestions {
  const word = wordsOf(query).find(({ from, to }) => from < caret && caret <= to);
  const from = word?.from ?? caret;
  const typed = query.slice(from, caret);
  const minus = typed.startsWith("-") ? 1 : 0;
  const [, name, sign, values] = /^-?([\w.]+)(:|[<>]=?|=)(.*)$/s.exec(typed) ?? [];
  const field = fields.find((one) => one.name === name?.toLowerCase());
  const to = word?.to ?? caret;
  if (!field || sign === undefined || values === undefined) {
    if (word?.text.includes('"')) return { from, to, options: [] };
    const options = fitting(fields, typed.slice(minus), (one) => one.name).map((one) => ({
      text: one.name,
      help: one.help,
      insert: `${one.name}:`,
      ends: false,
    }));
    return { from: from + minus, to, options };
  }
  // Several values stand between commas; those in quotes may hold some.
  const last = /(?:^|,)("[^"]*"?|[^,"]*)$/.exec(values)?.[1] ?? values;
  const start = caret - last.length;
  const known = field.kind === "yes_no" && field.values.length === 0 ? ["yes", "no"] : field.values;
  // Values come as they are typed, in quotes where they would fall apart without.
  const options = fitting(known, unquoted(last), unquoted)
    .filter((value) => value !== last)
    .map((value) => ({ text: unquoted(value), help: "", insert: value, ends: true }));
  return { from: start, to, options };
}

/** The query with a suggestion taken, and where the caret goes. */
export function taken(query: string, { from, to }: Suggestions, option: Suggestion): { query: string; caret: number } {
  const rest = query.slice(to);
  const gap = option.ends && !/^\s/.test(rest) ? " " : "";
  const before = query.slice(0, from) + option.insert + gap;
  return { query: before + rest, caret: before.length + (option.ends && gap === "" ? 1 : 0) };
}
