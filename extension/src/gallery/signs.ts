import type { Item, ItemStatus } from "../api/types.js";
import { type Sign, starsText } from "../grid/status.js";
import type { Translate } from "../grid/translate.js";

const OWN = "fluxlab";
/** An image that does not say what made it. */
const UNKNOWN = "unknown";

function statusSign(status: ItemStatus, say: Translate): Sign | null {
  switch (status) {
    case "ok":
      return null;
    case "started":
      return { sign: "▶", word: say("being made") };
    case "failed":
      return { sign: "✕", word: say("failed") };
    case "interrupted":
      return { sign: "◼", word: say("interrupted") };
    case "crashed":
      return { sign: "↯", word: say("crashed") };
  }
}

/** Sign and word of every state that an image is in, the most important first; never colour alone. */
export function signsOf(item: Item, broken: boolean, say: Translate): Sign[] {
  const status = statusSign(item.status, say);
  const signs: Sign[] = status ? [status] : [];
  if (item.status === "ok" && item.image === null) signs.push({ sign: "∅", word: say("without image") });
  if (broken) signs.push({ sign: "⚠", word: say("picture not found") });
  if (item.rejected) signs.push({ sign: "⊘", word: say("rejected") });
  if (item.source !== OWN) {
    const word = item.source === UNKNOWN ? say("imported") : say("imported from %1", item.source);
    signs.push({ sign: "⇩", word });
  }
  return signs;
}

/** Stars and what else was marked, in short. */
export function marksText(item: Item): string {
  const parts = [starsText(item.stars), item.tags.length > 0 ? "#" : "", item.note === null ? "" : "✎"];
  return parts.filter((part) => part !== "").join(" ");
}

/** What an image was made with, beside its prompt: what images of one sweep differ in. */
export function madeWith(item: Item, say: Translate): string[] {
  const { model, seed, steps, guidance, loras } = item;
  return [
    ...(model === null ? [] : [model]),
    ...(seed === null ? [] : [say("seed %1", seed)]),
    ...(steps === null ? [] : [steps === 1 ? say("1 step") : say("%1 steps", steps)]),
    ...(guidance === null ? [] : [say("guidance %1", guidance)]),
    ...loras.map(({ name, strength }) => (strength === null ? name : `${name} ${strength}`)),
  ];
}

/** What a screen reader says of an image. */
export function spoken(item: Item, broken: boolean, say: Translate): string {
  const said = [
    item.prompt ?? "",
    ...madeWith(item, say),
    ...signsOf(item, broken, say).map(({ word }) => word),
    item.error ?? "",
    item.stars === null ? "" : item.stars === 1 ? say("1 star") : say("%1 stars", item.stars),
    item.tags.length === 0 ? "" : say("tags: %1", item.tags.join(", ")),
    item.note === null ? "" : say("note: %1", item.note),
  ];
  return said.filter((text) => text !== "").join(", ");
}
