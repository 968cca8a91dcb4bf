import type { CatalogEntry } from "../api/types.js";
import { clamped } from "../grid/element.js";
import type { Translate } from "../grid/translate.js";
import { catalogName } from "./catalog_name.js";
import { hasCatalog } from "./nearest.js";

const LONGEST_NAME = 80;

function shortName(entry: CatalogEntry): string {
  return clamped(catalogName(entry), LONGEST_NAME);
}

/** What there is to say where the settings name a folder that has no catalog, so that another is shown. */
export function folderWithout(catalogs: readonly CatalogEntry[], folder: string, say: Translate): string | null {
  if (folder === "" || catalogs.length === 0 || hasCatalog(catalogs, folder)) return null;
  return say(
    'The settings name the catalog folder "%1", and it has no catalog: this is the nearest one.',
    clamped(folder, LONGEST_NAME),
  );
}

/** What there is to say where the catalog that was shown is gone, so that `next` takes its place. */
export function goneFrom(
  catalogs: readonly CatalogEntry[],
  shown: CatalogEntry | undefined,
  next: CatalogEntry | undefined,
  say: Translate,
): string | null {
  if (shown === undefined || catalogs.some(({ id }) => id === shown.id)) return null;
  const gone = shortName(shown);
  if (next === undefined) return say('The catalog "%1" is not there any more.', gone);
  return say('The catalog "%1" is not there any more; this is "%2".', gone, shortName(next));
}
