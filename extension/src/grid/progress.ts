import { button, element, setAttribute, setText } from "./element.js";
import type { Action, Progress } from "./protocol.js";
import type { Store } from "./store.js";

const STATES: Record<Progress["state"], string> = {
  queued: "Queued",
  running: "Running",
  pausing: "Pausing after the cells under way",
  stopping: "Stopping after this step",
  paused: "Paused",
  stopped: "Stopped",
  done: "Done",
  failed: "Failed",
};

/** A length of time in words, rounded so that it does not flicker. */
export function durationText(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const quarters = Math.round(seconds / 900);
  return `${quarters / 4} h`;
}

/** The progress in words. A run whose kernel is gone does not run. */
export function progressText(progress: Progress, gone: boolean): string {
  const unfinished = progress.state !== "done" && progress.state !== "failed";
  const parts = [gone && unfinished ? "Ended with the kernel" : STATES[progress.state]];
  parts.push(`${progress.done} of ${progress.total} done`);
  if (progress.cached > 0) parts.push(`${progress.cached} from the catalog`);
  if (progress.failed > 0) parts.push(`${progress.failed} failed`);
  if (!gone && progress.state === "running" && progress.seconds_left !== null) {
    parts.push(`about ${durationText(progress.seconds_left)} left`);
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
    this.#buttons = { pause: act("pause", "Pause"), resume: act("resume", "Resume"), cancel: act("cancel", "Cancel") };
    this.root.append(this.#bar, this.#text, this.#more, ...Object.values(this.#buttons), this.#said);
  }

  draw(): void {
    const { progress, scene } = this.#store;
    this.root.hidden = progress === null;
    if (progress === null) return;
    const gone = this.#store.kernel === "gone";
    const text = progressText(progress, gone);
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
