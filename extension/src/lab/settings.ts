import type { ISettingRegistry } from "@jupyterlab/settingregistry";

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
