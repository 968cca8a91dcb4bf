import { button, element, setChildren, setText } from "./element.js";
import type { Notice } from "./protocol.js";
import type { Store } from "./store.js";

const SILENT_AFTER = 3000; // milliseconds

function noticeElement(store: Store, notice: Notice): HTMLElement {
  const { trans } = store;
  const { retry } = notice;
  const dismiss = (): void => {
    store.dismiss(notice);
  };
  const again = (): void => {
    dismiss();
    retry?.();
  };
  const bad = notice.level === "error";
  const made = element(
    "div",
    { class: "fl-notice", "data-level": notice.level, role: bad ? "alert" : undefined },
    element("strong", {}, bad ? `✕ ${trans.__("Error:")} ` : "ℹ "),
    element("span", { dir: "auto" }, notice.text),
    retry ? button(trans.__("Retry"), again) : null,
    button(trans.__("Dismiss"), dismiss),
  );
  if (notice.trace !== null) {
    const summary = element("summary", {}, trans.__("Traceback"));
    made.append(element("details", {}, summary, element("pre", {}, notice.trace)));
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
  readonly #focus: () => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  #patient = true;

  /** `focus` is given to what a person would use, once the last notice is dismissed. */
  constructor(store: Store, focus: () => void) {
    this.#store = store;
    this.#focus = focus;
    this.#timer = setTimeout(() => {
      this.#patient = false;
      this.draw();
    }, SILENT_AFTER);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  draw(): void {
    const { notices, scene } = this.#store;
    const banner = this.#banner();
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
    const focused = this.root.contains(document.activeElement);
    setChildren(this.root, [...(banner === null ? [] : [this.#kernel]), ...warnings, ...shown]);
    if (!focused || this.root.contains(document.activeElement)) return;
    const next = this.root.querySelector("button");
    if (next) next.focus();
    else this.#focus();
  }

  #banner(): string | null {
    const { kernel, trans } = this.#store;
    if (kernel === "gone")
      return trans.__("The kernel has stopped: what was made is in the catalog. Run the cell again.");
    const waits = kernel === "silent" && !this.#patient;
    return waits ? trans.__("Waiting for the kernel: it is busy, or it has stopped.") : null;
  }
}
