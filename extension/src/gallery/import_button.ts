import { button, element } from "../grid/element.js";
import { importFiles, importTarget } from "./importing.js";
import type { Store } from "./store.js";

/** Lets a person choose image files to import. */
export class ImportButton {
  readonly root: HTMLElement;
  readonly #store: Store;
  /** Nobody sees it: browsers neither style nor translate it. */
  readonly #input = element("input", { type: "file", multiple: true, accept: "image/png,image/jpeg,image/webp" });

  constructor(store: Store) {
    this.#store = store;
    const say = store.host.translate;
    const choose = (): void => {
      this.choose();
    };
    this.#input.hidden = true;
    this.#input.addEventListener("change", () => {
      const files = [...(this.#input.files ?? [])];
      this.#input.value = ""; // else the same file, chosen again, would be no change
      void importFiles(store, files);
    });
    this.root = element(
      "span",
      {},
      button(say("Import…"), choose, {
        title: say("Import PNG, JPEG or WebP files; they can be dropped here, too"),
        "aria-label": say("Import image files"),
      }),
      this.#input,
    );
  }

  /** Opens the browser's own dialog, as far as a person has just pressed something; where nothing can be imported, says why. */
  choose(): void {
    if (this.#store.catalogs === null || importTarget(this.#store) !== null) this.#input.click();
  }
}
