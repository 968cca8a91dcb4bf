// A translator that marks every text, data that is marked as such, and the search for what is neither.
import type { Http } from "../src/api/http.js";
import { plain, type Trans } from "../src/grid/translate.js";

/** Values stay outside of the marks: each has to be translated, or data, by itself. */
function mark(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%\d|(?:(?!%\d).)+/gs, (part) => (/^%\d$/.test(part) ? plain(part, ...values) : `⟦${part}⟧`));
}

export const marking: Trans = {
  __: (text, ...values) => mark(text, values),
  _n: (one, many, count, ...values) => mark(count === 1 ? one : many, [count, ...values]),
};

/** What the protocol means by itself, and no person reads. */
const NOT_READ = new Set([
  "id",
  "uid",
  "version",
  "status",
  "state",
  "level",
  "image",
  "words",
  "actions",
  "type",
  "field",
]);

/** JSON with every text that a person may read marked as data. */
export function asData<T>(value: T, key = ""): T {
  if (NOT_READ.has(key)) return value;
  if (typeof value === "string") return (value === "" ? "" : `«${value}»`) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => asData(each)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asData<unknown>(each, name)])) as T;
}

/** A server whose answers are marked. */
export function dataFrom(server: Http): Http {
  return {
    json: async (path, init) => asData(await server.json(path, init)),
    bytes: (path) => server.bytes(path),
    stream: (path, signal) => server.stream(path, signal),
  };
}

const SPOKEN = [
  "title",
  "alt",
  "placeholder",
  "aria-label",
  "aria-valuetext",
  "aria-description",
  "aria-roledescription",
];

function texts(root: Element): string[] {
  const found: string[] = [];
  for (const each of [root, ...root.querySelectorAll("*")]) {
    if (each.tagName === "STYLE") continue;
    for (const name of SPOKEN) found.push(each.getAttribute(name) ?? "");
    for (const child of each.childNodes) if (child.nodeType === 3) found.push(child.textContent ?? "");
  }
  return found;
}

/** Keys, and the names of images that are compared. */
const LETTERS = new Set("ABCDcfvx");

/** Texts below an element that nobody could translate: what is left without those of the translator and data. */
export function untranslated(root: Element): string[] {
  const words = (text: string): string[] => text.replace(/⟦[^⟧]*⟧|«[^»]*»/g, " ").match(/\p{Script=Latin}+/gu) ?? [];
  return texts(root).filter((text) => words(text).some((word) => !LETTERS.has(word)));
}
