import { button, element, setChildren, setText } from "./element.js";
import type { Notice } from "./protocol.js";
import type { Store } from "./store.js";

const GONE = "The kernel has stopped: what was made is in the catalog. Run the cell again.";
const SILENT = "Waiting for the kernel: it is busy, or it has stopped.";
const SILENT_AFTER = 3000; // milliseconds

function noticeElement(store: Store, notice: Notice): HTMLElement {
  const made = element(
    "div",
    { class: "fl-notice", "data-level": notice.level },
    element("strong", {}, notice.level === "error" ? "✕ Error: " : "ℹ "),
    element("span", { dir: "auto" }, notice.text),
    button("Dismiss", () => {
      store.dismiss(notice);
    }),
  );
  if (notice.trace !== null) {
    made.append(element("details", {}, element("summary", {}, "Traceback"), element("pre", {}, notice.trace)));
  }
  return made;
}

/** What the kernel has to say, warnings about the grid, and whether there is a kernel at all. */
export class Notices {
  readonly root = element("div", { class: "fl-notices", "aria-live": "polite" });
  readonly #kernel = element("div", { class: "fl-banner" });
  readonly #drawn = new Map<Notice, HTMLElement>();
  readonly #warnings = new Map<string, HTMLElement>();
  readonly #store: Store;
  readonly #timer: ReturnType<typeof setTimeout>;
  #patient = true;

  constructor(store: Store) {
    this.#store = store;
    this.#timer = setTimeout(() => {
      this.#patient = false;
      this.draw();
    }, SILENT_AFTER);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  draw(): void {
    const { kernel, notices, scene } = this.#store;
    const banner = kernel === "gone" ? GONE : kernel === "silent" && !this.#patient ? SILENT : null;
    if (banner !== null) setText(this.#kernel, `⚠ ${banner}`);
    for (const notice of this.#drawn.keys()) if (!notices.includes(notice)) this.#drawn.delete(notice);
    const shown = notices.map((notice) => {
      const drawn = this.#drawn.get(notice) ?? noticeElement(this.#store, notice);
      this.#drawn.set(notice, drawn);
      return drawn;
    });
    const warnings = (scene?.warnings ?? []).map((warning) => {
      const drawn = this.#warnings.get(warning) ?? element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${warning}`);
      this.#warnings.set(warning, drawn);
      return drawn;
    });
    setChildren(this.root, [...(banner === null ? [] : [this.#kernel]), ...warnings, ...shown]);
  }
}
