import type { CatalogEntry } from "../api/types.js";

function contains(folder: string, other: string): boolean {
  return folder === "" || other === folder || other.startsWith(`${folder}/`);
}

/**
 * The catalogs with the nearest to a folder first: that of the folder itself or of the nearest one around it, then those
 * below it, then the others.
 */
export function nearestFirst(catalogs: readonly CatalogEntry[], folder: string): CatalogEntry[] {
  const here = folder.replace(/^\/+|\/+$/g, "");
  const rank = ({ folder: place }: CatalogEntry): number => {
    if (contains(place, here)) return here.length - place.length;
    return contains(here, place) ? 100_000 + place.length : 200_000;
  };
  return [...catalogs].sort((one, other) => rank(one) - rank(other) || one.folder.localeCompare(other.folder));
}
