import type { CatalogEntry } from "../api/types.js";

function contains(folder: string, other: string): boolean {
  return folder === "" || other === folder || other.startsWith(`${folder}/`);
}

/** A folder as catalogs name it. */
function trimmed(folder: string): string {
  return folder.replace(/^\/+|\/+$/g, "");
}

/** Whether one of the catalogs is that of this folder itself. */
export function hasCatalog(catalogs: readonly CatalogEntry[], folder: string): boolean {
  return catalogs.some((entry) => entry.folder === trimmed(folder));
}

/**
 * The catalogs with the nearest to a folder first: that of the folder itself or of the nearest one around it, then those
 * below it, then the others.
 */
export function nearestFirst(catalogs: readonly CatalogEntry[], folder: string): CatalogEntry[] {
  const here = trimmed(folder);
  const rank = ({ folder: place }: CatalogEntry): number => {
    if (contains(place, here)) return here.length - place.length;
    return contains(here, place) ? 100_000 + place.length : 200_000;
  };
  return [...catalogs].sort((one, other) => rank(one) - rank(other) || one.folder.localeCompare(other.folder));
}
