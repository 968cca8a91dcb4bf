import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ICommandPalette } from "@jupyterlab/apputils";
import type { ILauncher } from "@jupyterlab/launcher";
import type { CommandRegistry } from "@lumino/commands";
import { isPossible } from "../gallery/actions.js";
import type { GalleryAction, Translate } from "../gallery/host.js";
import type { Actions } from "./actions.js";
import { CommandIDs } from "./commands.js";
import { firstNotebook } from "./first_notebook.js";
import type { Galleries } from "./galleries.js";
import { icon } from "./icon.js";
import type { Notebooks } from "./notebooks.js";
import { readOpened } from "./opened.js";
import type { Tabs } from "./tabs.js";

type Options = CommandRegistry.ICommandOptions;

const NO_ARGUMENTS = { args: { type: "object", properties: {}, additionalProperties: false } } as const;
const OPENED = {
  args: {
    type: "object",
    required: ["view"],
    properties: {
      view: { type: "string", enum: ["gallery", "compare", "sweep"], description: "What the tab shows." },
      catalog: { type: "string", description: "Id of a catalog; for a comparison and a sweep." },
      uids: { type: "array", items: { type: "string" }, description: "Two to four images to compare." },
      run: { type: "string", description: "Id of the run whose sweep is shown." },
      state: { type: "object", description: "What a gallery begins with." },
      tab: { type: "integer", description: "Number of the tab of a gallery; without it that of its catalog." },
    },
  },
} as const;

/** Cards among the kernels show no icon of a command. */
const ICON_URL = `data:image/svg+xml,${encodeURIComponent(icon.svgstr)}`;

export interface Parts {
  app: JupyterFrontEnd;
  translate: Translate;
  galleries: Galleries;
  actions: Actions;
  notebooks: Notebooks;
  tabs: Tabs;
  /** False where a gallery in a tab would only take the place of the one at the side. */
  hasTabs: boolean;
}

function selectionCommand({ app, galleries, actions }: Parts, action: GalleryAction, label: string): Options {
  const chosen = (): { catalog: string; possible: boolean } => {
    const { selection, state } = galleries.current;
    const catalog = state.catalog ?? "";
    return { catalog, possible: catalog !== "" && isPossible(action, selection) };
  };
  app.shell.currentChanged?.connect(() => {
    app.commands.notifyCommandChanged(); // what is selected may be that of another gallery now
  });
  return {
    label,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => chosen().possible,
    execute: () => actions.do(action, chosen().catalog, galleries.current.selection),
  };
}

/** Adds the commands, and gives back those that the palette shows. */
export function addCommands(parts: Parts): string[] {
  const { app, translate: __, galleries, notebooks, tabs, hasTabs } = parts;
  const all: Record<string, Options> = {
    [CommandIDs.gallery]: {
      label: __("Show the Gallery"),
      icon,
      describedBy: NO_ARGUMENTS,
      execute: () => {
        app.shell.activateById(galleries.side.id);
      },
    },
    [CommandIDs.tab]: {
      label: __("Open the Gallery in a Tab"),
      icon,
      describedBy: NO_ARGUMENTS,
      isVisible: () => hasTabs,
      execute: () => {
        tabs.open({ view: "gallery", state: galleries.current.state, tab: null });
      },
    },
    [CommandIDs.import]: {
      label: __("Import Image Files…"),
      describedBy: NO_ARGUMENTS,
      execute: () => {
        app.shell.activateById(galleries.current.id);
        return galleries.current.chooseFiles();
      },
    },
    [CommandIDs.newNotebook]: {
      label: (args) => (args.isPalette === true ? __("New fluxlab Notebook") : __("fluxlab notebook")),
      caption: __("A notebook with a first sweep, ready to run"),
      icon,
      describedBy: {
        args: {
          type: "object",
          properties: { isPalette: { type: "boolean", description: "Whether the palette shows it." } },
        },
      },
      execute: () => notebooks.create(firstNotebook(__)),
    },
    [CommandIDs.refresh]: {
      label: __("Refresh the Gallery"),
      describedBy: NO_ARGUMENTS,
      execute: () => {
        galleries.current.refresh();
      },
    },
    [CommandIDs.insert]: selectionCommand(parts, "insert", __("Insert a Cell That Makes the Images Again")),
    [CommandIDs.show]: selectionCommand(parts, "show", __("Insert a Cell That Shows the Images")),
    [CommandIDs.frame]: selectionCommand(parts, "frame", __("Insert a DataFrame of the Images")),
    [CommandIDs.grid]: selectionCommand(parts, "grid", __("Insert a Grid of the Images")),
    [CommandIDs.panel]: selectionCommand(parts, "panel", __("Open the Images in a Panel")),
    [CommandIDs.recipe]: selectionCommand(parts, "recipe", __("Copy the Recipe")),
    [CommandIDs.compare]: selectionCommand(parts, "compare", __("Compare the Images")),
    [CommandIDs.sweep]: selectionCommand(parts, "sweep", __("Open the Sweep")),
  };
  for (const [id, options] of Object.entries(all)) app.commands.addCommand(id, options);
  // Not in the palette: without arguments there is nothing to open.
  app.commands.addCommand(CommandIDs.open, {
    label: __("Open a fluxlab Tab"),
    describedBy: OPENED,
    execute: (args) => {
      const opened = readOpened(args);
      if (opened) tabs.open(opened);
    },
  });
  return Object.keys(all);
}

export function offerCommands(
  names: readonly string[],
  category: string,
  palette: ICommandPalette | null,
  launcher: ILauncher | null,
): void {
  for (const command of names) palette?.addItem({ command, category, args: { isPalette: true } });
  launcher?.add({ command: CommandIDs.newNotebook, category: "Notebook", rank: 2, kernelIconUrl: ICON_URL });
}
