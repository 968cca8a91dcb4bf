import { act } from "./actions.js";
import { type Command, commandOf } from "./keys.js";
import type { List } from "./list.js";
import { mark } from "./marking.js";
import { all, extended, none, only, type Selection, toggled } from "./selection.js";
import type { Store } from "./store.js";

/** The uid of the image that an event happened in. */
export function uidAt(target: EventTarget | null): string | null {
  const tile = target instanceof Element ? target.closest<HTMLElement>(".fg-tile") : null;
  return tile?.dataset.uid ?? null;
}

/** What a click on an image makes of the selection. */
function clicked(store: Store, uid: string, event: MouseEvent): Selection {
  const control = event.ctrlKey || event.metaKey;
  if (event.shiftKey) return extended(store.selection, uid, store.order, control);
  return control ? toggled(store.selection, uid) : only(uid);
}

/** Clicks and keys in the list. */
export function listenTo(store: Store, list: List, signal: AbortSignal): void {
  const { root } = list;
  root.addEventListener(
    "click",
    (event) => {
      const uid = uidAt(event.target);
      if (uid !== null) {
        store.select(clicked(store, uid, event));
        return;
      }
      const opener = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-sweep]") : null;
      const item = store.item(opener?.dataset.sweep ?? null);
      if (item && store.open) store.host.act("sweep", store.open.entry.id, [item]);
    },
    { signal },
  );
  root.addEventListener(
    "contextmenu",
    (event) => {
      // A menu is about what it was opened on.
      const uid = uidAt(event.target);
      if (uid !== null && !store.selection.chosen.has(uid)) store.select(only(uid));
    },
    { signal },
  );
  root.addEventListener(
    "dblclick",
    (event) => {
      const uid = uidAt(event.target);
      if (uid !== null) store.showDetails(uid);
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      const command = event.defaultPrevented || uidAt(event.target) === null ? null : commandOf(event);
      if (command && obey(store, list, command)) event.preventDefault();
    },
    { signal },
  );
}

/** True where the command meant something; a key that did not is left to the browser. */
function obey(store: Store, list: List, command: Command): boolean {
  const { selection, order } = store;
  if (command.do === "move") {
    list.move(command.motion, command.reach);
    return true;
  }
  if (command.do === "close") return close(store);
  if (command.do === "all") {
    store.select(all(selection, order));
    return true;
  }
  if (command.do === "compare") {
    if (!act(store, "compare")) {
      store.notify("info", store.host.translate("Select two to four images, then press c to compare them."));
    }
    return true;
  }
  const uid = selection.focus ?? order[0];
  return uid === undefined ? false : obeyOn(store, uid, command);
}

function obeyOn(store: Store, uid: string, command: Command): boolean {
  const { selection, order } = store;
  const item = store.item(uid);
  if (!item) return false;
  // A key marks what is selected where the focus is among it, and otherwise what has the focus.
  const concerned = selection.chosen.has(uid) ? store.chosenItems.map((other) => other.uid) : [uid];
  switch (command.do) {
    case "toggle":
      store.select(toggled(selection, uid));
      return true;
    case "extend":
      store.select(extended(selection, uid, order, false));
      return true;
    case "star":
      void mark(store, concerned, { stars: item.stars === null ? 5 : null });
      return true;
    case "rate":
      void mark(store, concerned, { stars: command.stars });
      return true;
    case "reject":
      void mark(store, concerned, { rejected: !item.rejected });
      return true;
    case "details":
      if (!selection.chosen.has(uid)) store.select(only(uid));
      store.showDetails(uid);
      return true;
    default:
      return false;
  }
}

/** Escape closes the details, and then forgets the selection. */
function close(store: Store): boolean {
  if (store.detailed !== null) store.showDetails(null);
  else if (store.selection.chosen.size > 0) store.select(none(store.selection));
  else return false;
  return true;
}
