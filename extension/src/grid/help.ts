import { element } from "./element.js";
import { keysOf } from "./keyboard.js";
import type { Trans } from "./translate.js";

/** The list of keys. */
export class HelpSheet {
  readonly title: string;
  readonly root: HTMLElement;

  constructor(trans: Trans) {
    this.title = trans.__("Keys");
    this.root = element(
      "table",
      { class: "fl-table" },
      ...keysOf(trans).map(([keys, what]) =>
        element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, keys)), element("td", {}, what)),
      ),
    );
  }
}
