// A translator that marks every text, data that is marked as such, and the search for what is neither.
import type { Http } from "../src/api/http.js";
import { plain, type Trans } from "../src/grid/translate.js";

export const marking: Trans = {
  __: (text, ...values) => `⟦${plain(text, ...values)}⟧`,
  _n: (one, many, count, ...values) => `⟦${plain(count === 1 ? one : many, count, ...values)}⟧`,
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

/** What is left where texts of the translator and data are taken away, the inner ones first. */
function rest(text: string): string {
  const less = text.replace(/⟦[^⟦⟧«»]*⟧|«[^⟦⟧«»]*»/g, "");
  return less === text ? text.trim() : rest(less);
}

/** Texts below an element that nobody could translate. A lone letter is a key, or the name of an image. */
export function untranslated(root: Element): string[] {
  return texts(root).filter((text) => /\p{L}/u.test(rest(text)) && !/^\p{L}$/u.test(rest(text)));
}
