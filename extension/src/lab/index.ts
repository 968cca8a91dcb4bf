import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { PathExt } from "@jupyterlab/coreutils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStateDB } from "@jupyterlab/statedb";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { Lines, type Translate } from "../gallery/host.js";
import { Actions } from "./actions.js";
import { acceptDrops } from "./drop.js";
import { Galleries } from "./galleries.js";
import { ServerHttp } from "./http.js";
import { Notebooks } from "./notebooks.js";
import { addCommands, offerCommands } from "./register.js";
import { watchSettings } from "./settings.js";
import { Tabs } from "./tabs.js";

const ID = "fluxlab:plugin";
/** Below JupyterLab's own in the side bar. */
const RANK = 600;

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "The images of fluxlab's catalogs: a gallery, comparisons, sweeps, and the way into a notebook.",
  autoStart: true,
  optional: [
    ICommandPalette,
    IDefaultFileBrowser,
    ILabShell,
    ILauncher,
    ILayoutRestorer,
    INotebookTracker,
    ISettingRegistry,
    IStateDB,
    ITranslator,
  ],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    labShell: ILabShell | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    tracker: INotebookTracker | null,
    registry: ISettingRegistry | null,
    states: IStateDB | null,
    translator: ITranslator | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("fluxlab");
    const translate: Translate = (text, ...values) => trans.__(text, ...values);
    const http = new ServerHttp(app.serviceManager.serverSettings);
    const { contents } = app.serviceManager;
    const here = (): string => {
      const notebook = tracker?.currentWidget?.context.path;
      // Notebook shows one document, and no file browser beside it.
      const beside = labShell === null && notebook !== undefined ? PathExt.dirname(notebook) : null;
      return contents.localPath(beside ?? browser?.model.path ?? "");
    };

    const notebooks = new Notebooks(tracker, app.serviceManager, app.commands, translate, here);
    const settings = watchSettings(registry, ID, (changed) => {
      galleries.configure(changed);
    });
    const host = {
      translate,
      trans,
      http,
      lines: new Lines(http),
      hasTabs: labShell !== null,
      folder: () => galleries.settings.catalog || here(),
      act: (...asked: Parameters<Actions["do"]>) => void actions.do(...asked),
    };
    const galleries: Galleries = new Galleries(host, translate("fluxlab Gallery"), settings, states);
    const place = { area: labShell === null ? "right" : "main", gallery: galleries.side.id } as const;
    const tabs = new Tabs(app, http, trans, place, (state, changed) => galleries.tab(state, changed));
    const actions = new Actions(
      http,
      notebooks,
      translate,
      (opened) => tabs.open(opened),
      () => galleries.current.state,
    );

    app.shell.add(galleries.side, labShell === null ? "right" : "left", { rank: RANK });
    restorer?.add(galleries.side, galleries.side.id);
    const names = addCommands({ app, translate, galleries, actions, notebooks, tabs, hasTabs: host.hasTabs });
    offerCommands(names, "fluxlab", palette, launcher);
    if (restorer) tabs.restoreBy(restorer);
    const moved = (): void => {
      galleries.setFolder();
    };
    // A cell may have begun the first catalog of a folder.
    if (tracker) NotebookActions.executed.connect(moved);
    if (tracker) acceptDrops(tracker, (dragged, folder, put) => actions.withCode(dragged, "generate", folder, put));
    browser?.model.pathChanged.connect(moved);
    if (labShell === null) tracker?.currentChanged.connect(moved);
  },
};

export default plugin;
