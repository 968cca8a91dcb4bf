import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { GalleryState } from "../gallery/host.js";

export interface Settings {
  /** Folder of a catalog; "" is the file browser's. */
  catalog: string;
  /** Side of a picture in CSS pixels. */
  thumbnailSize: number;
  pageSize: number;
}

/** As in schema/plugin.json. */
export const DEFAULTS: Settings = { catalog: "", thumbnailSize: 104, pageSize: 100 };

function read(settings: ISettingRegistry.ISettings): Settings {
  return { ...DEFAULTS, ...(settings.composite as Partial<Settings>) };
}

/** What other settings change in how a gallery is set; null where they are the same. */
export function changeOf(before: Settings, now: Settings): Partial<GalleryState> | null {
  const isOther = (name: keyof Settings): boolean => before[name] !== now[name];
  if (!isOther("catalog") && !isOther("thumbnailSize") && !isOther("pageSize")) return null;
  return {
    ...(isOther("thumbnailSize") ? { side: now.thumbnailSize } : {}),
    ...(isOther("catalog") ? { pickedUnder: null } : {}),
    // Without a folder nothing else would lead away from the catalog that is shown.
    ...(isOther("catalog") && now.catalog === "" ? { catalog: null } : {}),
  };
}

/** The settings now, and again after every change. Where they cannot be loaded, the defaults. */
export async function watchSettings(
  registry: ISettingRegistry | null,
  plugin: string,
  changed: (settings: Settings) => void,
): Promise<Settings> {
  if (registry === null) return DEFAULTS;
  try {
    const settings = await registry.load(plugin);
    settings.changed.connect(() => {
      changed(read(settings));
    });
    return read(settings);
  } catch {
    return DEFAULTS;
  }
}
