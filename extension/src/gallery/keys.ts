import type { Key } from "../grid/keyboard.js";
import type { Motion } from "./rows.js";

/** "only" chooses what is reached, "extend" all on the way, "focus" nothing. */
export type Reach = "only" | "extend" | "focus";

export type Command =
  | { do: "move"; motion: Motion; reach: Reach }
  | { do: "toggle" }
  | { do: "extend" }
  | { do: "all" }
  | { do: "star" }
  | { do: "rate"; stars: number | null }
  | { do: "reject" }
  | { do: "details" }
  | { do: "compare" }
  | { do: "close" };

const MOTIONS: Partial<Record<string, Motion>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "first",
  End: "last",
  PageUp: "page-up",
  PageDown: "page-down",
};

const LETTERS: Partial<Record<string, Command>> = {
  f: { do: "star" },
  x: { do: "reject" },
  c: { do: "compare" },
  "0": { do: "rate", stars: null },
  Enter: { do: "details" },
  Escape: { do: "close" },
};

/** What a key means in the list; combinations that are not named here belong to the browser and the notebook. */
export function commandOf(key: Key): Command | null {
  if (key.altKey) return null;
  const control = key.ctrlKey || key.metaKey;
  const motion = MOTIONS[key.key];
  if (motion) {
    if (control && key.shiftKey) return null;
    return { do: "move", motion, reach: control ? "focus" : key.shiftKey ? "extend" : "only" };
  }
  if (key.key === " ") return key.shiftKey ? { do: "extend" } : { do: "toggle" };
  if (control) return !key.shiftKey && key.key.toLowerCase() === "a" ? { do: "all" } : null;
  // Whether digits need Shift differs from country to country.
  if (/^[1-5]$/.test(key.key)) return { do: "rate", stars: Number(key.key) };
  return key.shiftKey ? null : (LETTERS[key.key] ?? LETTERS[key.key.toLowerCase()] ?? null);
}
