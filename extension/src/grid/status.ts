import type { Cell } from "./protocol.js";

export interface Sign {
  sign: string;
  word: string;
}

const STATUSES: Record<Cell["status"], Sign> = {
  ok: { sign: "", word: "" },
  waiting: { sign: "…", word: "waiting" },
  queued: { sign: "◷", word: "queued" },
  running: { sign: "▶", word: "running" },
  failed: { sign: "✕", word: "failed" },
  interrupted: { sign: "◼", word: "interrupted" },
  crashed: { sign: "↯", word: "crashed" },
  missing: { sign: "∅", word: "missing" },
};

const TO_BE_MADE = new Set<Cell["status"]>(["waiting", "queued", "running"]);

/** Sign and word of every state that a cell is in, the most important first; never colour alone. */
export function signsOf(cell: Cell, kernelGone: boolean): Sign[] {
  const signs: Sign[] = [];
  const { sign, word } = STATUSES[cell.status];
  if (kernelGone && TO_BE_MADE.has(cell.status)) signs.push({ sign: "◼", word: "not made" });
  else if (cell.status === "running" && cell.steps > 0)
    signs.push({ sign, word: `step ${cell.step} of ${cell.steps}` });
  else if (word) signs.push({ sign, word });
  if (cell.rejected) signs.push({ sign: "⊘", word: "rejected" });
  if (cell.notes.length > 0) signs.push({ sign: "≡", word: "same" });
  if (cell.cached) signs.push({ sign: "↺", word: "cached" });
  if (cell.lossy) signs.push({ sign: "≈", word: "lossy" });
  return signs;
}

export function starsText(stars: number | null): string {
  return stars === null ? "" : "★".repeat(Math.max(0, Math.min(5, stars)));
}

/** What a screen reader says of a cell. */
export function spoken(cell: Cell, marked: boolean, kernelGone: boolean): string {
  const said = [cell.alt || cell.label, ...signsOf(cell, kernelGone).map((sign) => sign.word), ...cell.notes];
  if (cell.error !== null) said.push(cell.error);
  if (cell.stars !== null) said.push(cell.stars === 1 ? "1 star" : `${cell.stars} stars`);
  if (cell.note !== null) said.push(`note: ${cell.note}`);
  if (marked) said.push("marked for comparison");
  return said.filter((text) => text !== "").join(", ");
}
