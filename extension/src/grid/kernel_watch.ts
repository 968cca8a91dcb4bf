import type { Model } from "./protocol.js";
import type { Store } from "./store.js";

// The widget manager of JupyterLab 4 has the kernel, and the views of @jupyter-widgets/base 6 this class while the comm of
// their model is dead. anywidget's model shows neither: only the event that something about the comm has changed.
const DISCONNECTED = "jupyter-widgets-disconnected";
const DEAD = new Set(["autorestarting", "dead", "restarting", "terminating"]);

interface Signal {
  connect(slot: (sender: unknown, status: unknown) => void): void;
  disconnect(slot: (sender: unknown, status: unknown) => void): void;
}

function statusChanged(model: Model): Signal | null {
  const manager = model.widget_manager as { kernel?: { statusChanged?: Signal } | null } | undefined;
  return manager?.kernel?.statusChanged ?? null;
}

/** Tells the store when the kernel of the model is gone. Gives back what ends the watch. */
export function watchKernel(model: Model, store: Store): () => void {
  const closed = (): void => {
    store.loseKernel();
  };
  const changed = (_sender: unknown, status: unknown): void => {
    if (typeof status === "string" && DEAD.has(status)) closed();
  };
  const signal = statusChanged(model);
  model.on("comm:close", closed);
  signal?.connect(changed);
  return () => {
    model.off("comm:close", closed);
    signal?.disconnect(changed);
  };
}

/** The same, told by the element that the widget manager made for a view. */
export function watchElement(model: Model, store: Store, host: HTMLElement): () => void {
  const look = (): void => {
    const live = model.comm_live ?? !host.classList.contains(DISCONNECTED);
    if (!live) store.loseKernel();
  };
  // The manager's own listener changes the class; it may come after this one.
  const changed = (): void => {
    queueMicrotask(look);
  };
  look();
  model.on("comm_live_update", changed);
  return () => {
    model.off("comm_live_update", changed);
  };
}
