import { codeBlock } from "./codeblock.js";
import { element } from "./element.js";
import type { Details, NamedText } from "./protocol.js";
import type { Trans } from "./translate.js";

function named(title: string, rows: readonly NamedText[], open: boolean): HTMLElement | null {
  if (rows.length === 0) return null;
  const table = element(
    "table",
    { class: "fl-table" },
    ...rows.map(([name, text]) =>
      element("tr", {}, element("th", { scope: "row", dir: "auto" }, name), element("td", { dir: "auto" }, text)),
    ),
  );
  return element("details", { open }, element("summary", {}, title), table);
}

function parameters(details: Details, trans: Trans): HTMLElement {
  const table = element("table", { class: "fl-table" });
  for (const { name, text, differs, base } of details.parameters) {
    const value = element("td", { dir: "auto" }, element("div", { class: "fl-long" }, text));
    if (differs)
      value.append(
        element("div", { class: "fl-base", dir: "auto" }, trans.__("base: %1", base ?? trans.__("not set"))),
      );
    const heading = element("th", { scope: "row", dir: "auto" }, differs ? `≠ ${name}` : name);
    table.append(element("tr", differs ? { class: "fl-differs" } : {}, heading, value));
  }
  return element(
    "details",
    { open: true },
    element("summary", {}, trans.__("Parameters (≠ differs from the base recipe)")),
    table,
  );
}

/** All about one generation. */
export function detailsElements(details: Details, trans: Trans): HTMLElement[] {
  const facts: string[] = [];
  if (details.seconds !== null)
    facts.push(trans.__("Made in %1 s.", details.seconds.toFixed(details.seconds < 10 ? 2 : 0)));
  if (details.path !== null) facts.push(details.path);
  return [
    ...details.notes.map((note) => element("div", { class: "fl-warning", dir: "auto" }, `≡ ${note}`)),
    parameters(details, trans),
    named(trans.__("Really used"), details.effective, true),
    named(trans.__("Environment"), details.environment, false),
    element("details", { open: true }, element("summary", {}, trans.__("Python")), codeBlock(details.code, trans)),
    facts.length === 0 ? null : element("p", { class: "fl-facts" }, facts.join(" ")),
  ].filter((part) => part !== null);
}
