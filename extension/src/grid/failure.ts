import { button, element, setText } from "./element.js";
import type { Trans } from "./translate.js";

export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Why something could not be had, which a screen reader says at once, and the way to try again; empty where it could. */
export class Failure {
  // Live regions are heard of only where they stand in the page before their text does.
  readonly #text = element("span", { role: "alert", dir: "auto" });
  readonly #retry: HTMLButtonElement;
  readonly root: HTMLElement;
  #begun = 0;

  constructor(trans: Trans, retry: () => void) {
    const press = (): void => {
      // Another text in between: the same failure is heard a second time.
      setText(this.#text, trans.__("Trying again…"));
      retry();
    };
    this.#retry = button(trans.__("Retry"), press, { hidden: true });
    this.root = element("div", { class: "fl-failure" }, this.#text, this.#retry);
  }

  /** Null where nothing failed, or does any more. */
  show(reason: string | null): void {
    setText(this.#text, reason === null ? "" : `⚠ ${reason}`);
    this.root.toggleAttribute("data-failed", reason !== null);
    const focused = this.#retry === document.activeElement;
    this.#retry.hidden = reason === null;
    if (focused && reason === null) this.root.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  }

  /** Shows why any of these fail, each reason once; what was followed before does not count any more. */
  async follow(tasks: readonly Promise<unknown>[]): Promise<void> {
    const mine = ++this.#begun;
    const outcomes = await Promise.allSettled(tasks);
    if (mine !== this.#begun) return;
    const reasons = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => messageOf(reason));
    this.show(reasons.length === 0 ? null : [...new Set(reasons)].join(" "));
  }
}
