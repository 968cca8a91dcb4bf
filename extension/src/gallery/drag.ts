import { element } from "../grid/element.js";
import { DRAG_TYPE, type Dragged } from "./host.js";
import { importFiles } from "./importing.js";
import { uidAt } from "./pressing.js";
import { only } from "./selection.js";
import type { Store } from "./store.js";

/** Images can be dragged out of the list: all that are selected, where the one under the pointer is. */
export function dragImages(store: Store, list: HTMLElement, signal: AbortSignal): void {
  list.addEventListener(
    "dragstart",
    (event) => {
      const uid = uidAt(event.target);
      const { open } = store;
      if (uid === null || !open || !event.dataTransfer) return;
      if (!store.selection.chosen.has(uid)) store.select(only(uid));
      const dragged: Dragged = { catalog: open.entry.id, uids: [...store.selection.chosen] };
      event.dataTransfer.setData(DRAG_TYPE, JSON.stringify(dragged));
      event.dataTransfer.effectAllowed = "copy";
    },
    { signal },
  );
}

function bringsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Files that are dropped anywhere on the gallery are imported. */
export function takeFiles(store: Store, root: HTMLElement, signal: AbortSignal): void {
  const hint = element(
    "div",
    { class: "fg-drop", "aria-hidden": "true" },
    store.host.translate("Drop images to import them"),
  );
  const over = (now: boolean): void => {
    if (now && !hint.isConnected) root.append(hint);
    if (!now) hint.remove();
  };
  root.addEventListener(
    "dragover",
    (event) => {
      if (!bringsFiles(event)) return;
      // Without this JupyterLab, or the browser, would take the file.
      event.preventDefault();
      event.stopPropagation();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      over(true);
    },
    { signal },
  );
  root.addEventListener(
    "dragleave",
    (event) => {
      if (!(event.relatedTarget instanceof Node && root.contains(event.relatedTarget))) over(false);
    },
    { signal },
  );
  root.addEventListener(
    "drop",
    (event) => {
      over(false);
      if (!bringsFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      void importFiles(store, [...(event.dataTransfer?.files ?? [])]);
    },
    { signal },
  );
}
