import type { Cell } from "./protocol.js";
import type { Trans } from "./translate.js";

export interface Sign {
  sign: string;
  word: string;
}

function signOf(status: Cell["status"], trans: Trans): Sign | null {
  switch (status) {
    case "ok":
      return null;
    case "waiting":
      return { sign: "…", word: trans.__("waiting") };
    case "queued":
      return { sign: "◷", word: trans.__("queued") };
    case "running":
      return { sign: "▶", word: trans.__("running") };
    case "failed":
      return { sign: "✕", word: trans.__("failed") };
    case "interrupted":
      return { sign: "◼", word: trans.__("interrupted") };
    case "crashed":
      return { sign: "↯", word: trans.__("crashed") };
    case "missing":
      return { sign: "∅", word: trans.__("missing") };
  }
}

const TO_BE_MADE = new Set<Cell["status"]>(["waiting", "queued", "running"]);

/** Sign and word of every state that a cell is in, the most important first; never colour alone. */
export function signsOf(cell: Cell, kernelGone: boolean, trans: Trans): Sign[] {
  const signs: Sign[] = [];
  const sign = signOf(cell.status, trans);
  if (kernelGone && TO_BE_MADE.has(cell.status)) signs.push({ sign: "◼", word: trans.__("not made") });
  else if (cell.status === "running" && cell.steps > 0)
    signs.push({ sign: "▶", word: trans.__("step %1 of %2", cell.step, cell.steps) });
  else if (sign) signs.push(sign);
  if (cell.rejected) signs.push({ sign: "⊘", word: trans.__("rejected") });
  if (cell.notes.length > 0) signs.push({ sign: "≡", word: trans.__("same") });
  if (cell.cached) signs.push({ sign: "↺", word: trans.__("cached") });
  if (cell.lossy) signs.push({ sign: "≈", word: trans.__("lossy") });
  return signs;
}

export function starsText(stars: number | null): string {
  return stars === null ? "" : "★".repeat(Math.max(0, Math.min(5, stars)));
}

/** What a screen reader says of a cell. */
export function spoken(cell: Cell, marked: boolean, kernelGone: boolean, trans: Trans): string {
  const signs = signsOf(cell, kernelGone, trans).map((sign) => sign.word);
  const said = [cell.alt || cell.label, ...signs, ...cell.notes];
  if (cell.error !== null) said.push(cell.error);
  if (cell.stars !== null) said.push(trans._n("%1 star", "%1 stars", cell.stars));
  if (cell.note !== null) said.push(trans.__("note: %1", cell.note));
  if (marked) said.push(trans.__("marked for comparison"));
  return said.filter((text) => text !== "").join(", ");
}
