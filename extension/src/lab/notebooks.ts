import { Dialog, showDialog } from "@jupyterlab/apputils";
import { PathExt } from "@jupyterlab/coreutils";
import type { INotebookTracker, Notebook, NotebookPanel } from "@jupyterlab/notebook";
import type { ServiceManager } from "@jupyterlab/services";
import type { CommandRegistry } from "@lumino/commands";
import type { Translate } from "../gallery/host.js";
import type { NewCell } from "./first_notebook.js";

const FORMAT = { nbformat: 4, nbformat_minor: 5 };

/** A new code cell at an index, active and in sight. */
export function insertCell(notebook: Notebook, index: number, source: string): void {
  const { model } = notebook;
  if (model === null) return;
  model.sharedModel.insertCell(index, { cell_type: "code", source, metadata: { trusted: true } });
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  notebook.mode = "command";
  void notebook.scrollToItem(index, "smart");
}

/** The folder of a notebook, from the server's root. */
export function folderOf({ context }: NotebookPanel): string {
  return PathExt.dirname(context.localPath);
}

/** The notebooks that are open, and new ones. */
export class Notebooks {
  readonly #tracker: INotebookTracker | null;
  readonly #services: ServiceManager.IManager;
  readonly #commands: CommandRegistry;
  readonly #translate: Translate;
  readonly #folder: () => string;

  /** `folder` says where a new one belongs. */
  constructor(
    tracker: INotebookTracker | null,
    services: ServiceManager.IManager,
    commands: CommandRegistry,
    translate: Translate,
    folder: () => string,
  ) {
    this.#tracker = tracker;
    this.#services = services;
    this.#commands = commands;
    this.#translate = translate;
    this.#folder = folder;
  }

  /** That of the notebook that code is put into, from the server's root. */
  get folder(): string {
    const open = this.#tracker?.currentWidget;
    return open ? folderOf(open) : this.#folder();
  }

  /** The code in a new cell below the active one; where no notebook is open, in a new notebook if a person wants one. */
  async insert(source: string): Promise<void> {
    const notebook = this.#tracker?.currentWidget?.content;
    if (notebook?.model) {
      insertCell(notebook, notebook.activeCell === null ? 0 : notebook.activeCellIndex + 1, source);
      return;
    }
    const __ = this.#translate;
    const answer = await showDialog({
      title: __("No notebook is open"),
      body: __("Open the notebook that shall have the cell, or put the cell into a new one."),
      buttons: [Dialog.cancelButton({ label: __("Cancel") }), Dialog.okButton({ label: __("New notebook") })],
    });
    if (answer.button.accept) await this.create([{ type: "code", source }]);
  }

  /** Writes a notebook with these cells into the folder and opens it. */
  async create(cells: readonly NewCell[]): Promise<string> {
    const { contents, kernelspecs } = this.#services;
    const made = await contents.newUntitled({ path: this.#folder(), type: "notebook" });
    await kernelspecs.ready;
    const kernel = this.#pythonKernel();
    const content = {
      ...FORMAT,
      metadata: kernel === null ? {} : { kernelspec: kernel },
      cells: cells.map(({ type, source }, index) => ({
        id: `fluxlab-${index}`,
        cell_type: type,
        metadata: {},
        source,
        ...(type === "code" ? { execution_count: null, outputs: [] } : {}),
      })),
    };
    await contents.save(made.path, { type: "notebook", format: "json", content });
    await this.#commands.execute("docmanager:open", { path: made.path, factory: "Notebook" });
    return PathExt.basename(made.path);
  }

  /** The server's own choice where that is Python, or the first that is; null where none is. */
  #pythonKernel(): { name: string; display_name: string; language: string } | null {
    const { specs } = this.#services.kernelspecs;
    if (specs === null) return null;
    const known = [specs.kernelspecs[specs.default], ...Object.values(specs.kernelspecs)];
    const found = known.find((spec) => spec?.language.toLowerCase() === "python");
    return found ? { name: found.name, display_name: found.display_name, language: found.language } : null;
  }
}
