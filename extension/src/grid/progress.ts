import { button, element, setAttribute, setText } from "./element.js";
import type { Action, Progress } from "./protocol.js";
import type { Store } from "./store.js";
import type { Trans } from "./translate.js";

function stateText(state: Progress["state"], trans: Trans): string {
  switch (state) {
    case "queued":
      return trans.__("Queued");
    case "running":
      return trans.__("Running");
    case "pausing":
      return trans.__("Pausing after the cells under way");
    case "stopping":
      return trans.__("Stopping after this step");
    case "paused":
      return trans.__("Paused");
    case "stopped":
      return trans.__("Stopped");
    case "done":
      return trans.__("Done");
    case "failed":
      return trans.__("Failed");
  }
}

/** A length of time in words, rounded so that it does not flicker. */
export function durationText(seconds: number, trans: Trans): string {
  if (seconds < 10) return trans.__("a few seconds");
  if (seconds < 90) return trans.__("%1 s", Math.round(seconds / 5) * 5);
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return trans.__("%1 min", minutes);
  const quarters = Math.round(seconds / 900);
  return trans.__("%1 h", quarters / 4);
}

/** The progress in words. A run whose kernel is gone does not run. */
export function progressText(progress: Progress, gone: boolean, trans: Trans): string {
  const unfinished = progress.state !== "done" && progress.state !== "failed";
  const parts = [gone && unfinished ? trans.__("Ended with the kernel") : stateText(progress.state, trans)];
  parts.push(trans.__("%1 of %2 done", progress.done, progress.total));
  if (progress.cached > 0) parts.push(trans.__("%1 from the catalog", progress.cached));
  if (progress.failed > 0) parts.push(trans.__("%1 failed", progress.failed));
  if (!gone && progress.state === "running" && progress.seconds_left !== null) {
    parts.push(trans.__("about %1 left", durationText(progress.seconds_left, trans)));
  }
  return parts.join(" · ");
}

/** The buttons that make sense now, of those that work here. */
export function runActions(progress: Progress, works: readonly Action[], gone: boolean): Action[] {
  if (gone) return [];
  const { state } = progress;
  const sensible: Action[] = [];
  if (state === "queued" || state === "running") sensible.push("pause");
  if (state === "paused" || state === "stopped" || state === "failed") sensible.push("resume");
  if (state === "queued" || state === "running" || state === "pausing" || state === "paused") sensible.push("cancel");
  return sensible.filter((action) => works.includes(action));
}

/** Bar, words and buttons of a run. */
export class ProgressBar {
  readonly root = element("div", { class: "fl-progress" });
  readonly #filled = element("div", { class: "fl-filled" });
  readonly #bar = element("div", { class: "fl-bar", role: "progressbar", "aria-valuemin": 0 }, this.#filled);
  readonly #text = element("span", { class: "fl-progress-text" });
  readonly #more = element("span", { class: "fl-progress-more", dir: "auto" });
  readonly #said = element("span", { class: "fl-hidden", "aria-live": "polite" });
  readonly #buttons: Record<"pause" | "resume" | "cancel", HTMLButtonElement>;
  readonly #store: Store;
  #lastSaid = "";

  constructor(store: Store) {
    this.#store = store;
    const act = (action: Action, text: string): HTMLButtonElement =>
      button(
        text,
        () => {
          store.act(action);
        },
        { hidden: true },
      );
    const { trans } = store;
    this.#buttons = {
      pause: act("pause", trans.__("Pause")),
      resume: act("resume", trans.__("Resume")),
      cancel: act("cancel", trans.__("Cancel")),
    };
    this.root.append(this.#bar, this.#text, this.#more, ...Object.values(this.#buttons), this.#said);
  }

  draw(): void {
    const { progress, scene } = this.#store;
    this.root.hidden = progress === null;
    if (progress === null) return;
    const gone = this.#store.kernel === "gone";
    const text = progressText(progress, gone, this.#store.trans);
    setText(this.#text, text);
    setText(this.#more, gone || progress.text === text ? "" : progress.text);
    setAttribute(this.root, "data-state", gone ? "gone" : progress.state);
    setAttribute(this.#bar, "aria-valuemax", progress.total);
    setAttribute(this.#bar, "aria-valuenow", progress.done);
    setAttribute(this.#bar, "aria-valuetext", text);
    const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 1;
    this.#filled.style.width = `${share * 100}%`;
    const actions = runActions(progress, scene?.actions ?? [], gone);
    for (const [action, shown] of Object.entries(this.#buttons)) shown.hidden = !actions.includes(action as Action);
    this.#say(progress, share, text);
  }

  /** A screen reader hears of every tenth, of failures and of changes of state, not of every step. */
  #say(progress: Progress, share: number, text: string): void {
    const state = this.#store.kernel === "gone" ? "gone" : progress.state;
    const heard = `${state} ${progress.failed} ${Math.floor(share * 10)}`;
    if (heard === this.#lastSaid) return;
    this.#lastSaid = heard;
    setText(this.#said, text);
  }
}
