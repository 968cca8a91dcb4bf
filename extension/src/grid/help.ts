import { element } from "./element.js";
import { KEYS } from "./keyboard.js";

/** The list of keys. */
export class HelpSheet {
  readonly title = "Keys";
  readonly root = element(
    "table",
    { class: "fl-table" },
    ...KEYS.map(([keys, what]) =>
      element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, keys)), element("td", {}, what)),
    ),
  );
}
