import type { INotebookTracker, Notebook, NotebookPanel } from "@jupyterlab/notebook";
import { DRAG_TYPE, type Dragged } from "../gallery/host.js";
import { folderOf, insertCell } from "./notebooks.js";

const MARKS = ["fl-drop-before", "fl-drop-after"] as const;

/** Hands over the code that makes images again in a notebook of a folder, once it is there. */
type WithCode = (dragged: Dragged, folder: string, put: (code: string) => void) => Promise<void>;

/** A place between cells: before or after the one with this id; null at the end. */
interface Place {
  cell: string | null;
  node: HTMLElement | null;
  after: boolean;
}

function placeAt(notebook: Notebook, event: DragEvent): Place {
  const target = event.target as Node | null;
  const cell = notebook.widgets.find(({ node }) => node.contains(target));
  if (!cell) return { cell: null, node: null, after: true };
  const { top, height } = cell.node.getBoundingClientRect();
  return { cell: cell.model.id, node: cell.node, after: event.clientY > top + height / 2 };
}

function indexOf(notebook: Notebook, place: Place): number {
  const index = notebook.widgets.findIndex(({ model }) => model.id === place.cell);
  return index < 0 ? notebook.widgets.length : index + (place.after ? 1 : 0);
}

function dragged(event: DragEvent): Dragged | null {
  try {
    return JSON.parse(event.dataTransfer?.getData(DRAG_TYPE) ?? "") as Dragged;
  } catch {
    return null;
  }
}

function takeDrops(panel: NotebookPanel, withCode: WithCode): void {
  const notebook = panel.content;
  const { node } = notebook;
  const unmark = (): void => {
    for (const mark of MARKS) for (const marked of node.querySelectorAll(`.${mark}`)) marked.classList.remove(mark);
  };
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes(DRAG_TYPE)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    unmark();
    const place = placeAt(notebook, event);
    place.node?.classList.add(MARKS[place.after ? 1 : 0]);
  };
  const drop = (event: DragEvent): void => {
    const what = dragged(event);
    unmark();
    if (what === null) return;
    event.preventDefault();
    event.stopPropagation();
    const place = placeAt(notebook, event);
    void withCode(what, folderOf(panel), (code) => {
      // Cells may have come and gone meanwhile.
      if (!notebook.isDisposed) insertCell(notebook, indexOf(notebook, place), code);
    });
  };
  // Before the editors of the cells, which would take the drop as text.
  node.addEventListener("dragenter", over, true);
  node.addEventListener("dragover", over, true);
  node.addEventListener("dragleave", unmark, true);
  node.addEventListener("drop", drop, true);
}

/** Images that are dropped onto a notebook become a cell where they are dropped. */
export function acceptDrops(tracker: INotebookTracker, withCode: WithCode): void {
  tracker.forEach((panel) => {
    takeDrops(panel, withCode);
  });
  tracker.widgetAdded.connect((_, panel) => {
    takeDrops(panel, withCode);
  });
}
