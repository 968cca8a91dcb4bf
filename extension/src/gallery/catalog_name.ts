import type { CatalogEntry } from "../api/types.js";

/** What a catalog is called; the folder, too, where the name does not tell it. */
export function catalogName({ name, folder }: CatalogEntry): string {
  if (folder === "") return name;
  return folder.split("/").at(-1) === name ? folder : `${name} · ${folder}`;
}
