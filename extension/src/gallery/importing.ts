import { clamped } from "../grid/element.js";
import { countText } from "./header.js";
import type { OpenCatalog } from "./open_catalog.js";
import type { Store } from "./store.js";
import { sentenceOf } from "./trouble.js";

const LARGEST = 64 * 1024 * 1024;
const LONGEST_NAME = 80;

/** The catalog that files are imported into; null, and told, where there is none. */
export function importTarget(store: Store): OpenCatalog | null {
  const { open, host } = store;
  if (open?.entry.problem === null) return open;
  const none = host.translate("There is no catalog to import into: make one in a notebook first, with Lab().");
  store.notify("error", open?.entry.problem ?? none);
  return null;
}

/** Imports image files one after the other; each that is refused says why. */
export async function importFiles(store: Store, files: readonly File[]): Promise<void> {
  const { client } = store;
  const say = store.host.translate;
  const open = importTarget(store);
  if (open === null) return;
  let [added, known] = [0, 0];
  for (const [index, file] of files.entries()) {
    if (files.length > 1) store.progress(say("Importing %1 of %2…", index + 1, files.length));
    const name = clamped(file.name, LONGEST_NAME);
    if (file.size > LARGEST) {
      store.notify("error", say("%1: the file has more than 64 MiB, which is the most that is taken.", name));
      continue;
    }
    try {
      const answer = await client.importImage(open.entry.id, file, file.name);
      if (answer.new) added++;
      else known++;
    } catch (reason) {
      store.notify("error", say("%1: %2", name, sentenceOf(reason, say)));
    }
  }
  store.progress(null);
  if (added > 0) store.notify("info", say("Imported %1.", countText(added, say)));
  if (known > 0) store.notify("info", say("In the catalog already: %1.", countText(known, say)));
  if (added > 0) open.refresh();
}
