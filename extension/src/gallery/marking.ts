import { MOST_UIDS } from "../api/client.js";
import type { Item, MarkSet } from "../api/types.js";
import type { Store } from "./store.js";
import { sentenceOf } from "./trouble.js";

/** An image as it will be with a mark. */
export function marked(item: Item, set: MarkSet): Item {
  if ("tag" in set) return item.tags.includes(set.tag) ? item : { ...item, tags: [...item.tags, set.tag] };
  if ("untag" in set) return { ...item, tags: item.tags.filter((tag) => tag !== set.untag) };
  return { ...item, ...set };
}

/** Marks show at once; what the server answers is what stays. */
export async function mark(store: Store, uids: readonly string[], set: MarkSet): Promise<void> {
  const { open, client } = store;
  const listing = open?.listing;
  if (!open || !listing || uids.length === 0) return;
  const chosen = new Set(uids);
  let before = listing.items.filter((item) => chosen.has(item.uid));
  listing.replace(before.map((item) => marked(item, set)));
  try {
    for (let from = 0; from < uids.length; from += MOST_UIDS) {
      const some = uids.slice(from, from + MOST_UIDS);
      const { items } = await client.mark(open.entry.id, some, set);
      listing.replace(items);
      before = before.filter((item) => !some.includes(item.uid));
    }
  } catch (reason) {
    listing.replace(before);
    store.notify("error", sentenceOf(reason, store.host.translate));
  }
}
