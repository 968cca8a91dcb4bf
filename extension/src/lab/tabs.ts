import type { ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { WidgetTracker } from "@jupyterlab/apputils";
import type { Widget } from "@lumino/widgets";
import type { GalleryState, Http } from "../gallery/host.js";
import { clamped } from "../grid/element.js";
import type { Trans } from "../grid/translate.js";
import { CompareView } from "../tabs/compare_view.js";
import { ServerModel } from "../tabs/server_model.js";
import { SweepView } from "../tabs/sweep_view.js";
import { CommandIDs } from "./commands.js";
import { asArguments, keyOf, type Opened } from "./opened.js";
import { ViewTab } from "./view_tab.js";

/** Where tabs go: Notebook has no main area beside its one document. */
export type Area = "main" | "right";

type OpenGallery = (state: Partial<GalleryState>, changed: (state: GalleryState) => void) => Widget;

const LONGEST_TITLE = 40;

/** The galleries, comparisons and sweeps that are open as tabs. */
export class Tabs {
  readonly #app: JupyterFrontEnd;
  readonly #http: Http;
  readonly #trans: Trans;
  readonly #area: Area;
  readonly #openGallery: OpenGallery;
  readonly #tracker = new WidgetTracker<Widget>({ namespace: "fluxlab" });
  readonly #opened = new Map<Widget, Opened>();

  constructor(app: JupyterFrontEnd, http: Http, trans: Trans, area: Area, openGallery: OpenGallery) {
    this.#app = app;
    this.#http = http;
    this.#trans = trans;
    this.#area = area;
    this.#openGallery = openGallery;
  }

  /** Opens again what was open before the page was loaded. */
  restoreBy(restorer: ILayoutRestorer): void {
    void restorer.restore(this.#tracker, {
      command: CommandIDs.open,
      args: (widget) => {
        const opened = this.#opened.get(widget);
        return opened ? asArguments(opened) : {};
      },
      name: (widget) => widget.id,
    });
  }

  /** Shows the tab for this, and makes it where it is not open. */
  open(opened: Opened): Widget {
    const { shell } = this.#app;
    const id = `fluxlab-${keyOf(opened)}`;
    const found = this.#tracker.find((widget) => widget.id === id);
    const widget = found ?? this.#add(id, opened);
    shell.activateById(widget.id);
    return widget;
  }

  #add(id: string, opened: Opened): Widget {
    const widget = this.#make(opened);
    widget.id = id;
    this.#opened.set(widget, opened);
    widget.disposed.connect(() => this.#opened.delete(widget));
    this.#app.shell.add(widget, this.#area);
    void this.#tracker.add(widget);
    return widget;
  }

  #make(opened: Opened): Widget {
    const trans = this.#trans;
    if (opened.view === "gallery") {
      const widget = this.#openGallery(opened.state, (state) => {
        if (widget.isDisposed) return;
        this.#opened.set(widget, { view: "gallery", state });
        void this.#tracker.save(widget);
      });
      return widget;
    }
    const model = new ServerModel(
      this.#http,
      opened.catalog,
      opened.view === "sweep" ? { run: opened.run } : { uids: opened.uids },
      trans,
    );
    if (opened.view === "compare") {
      return new ViewTab(
        trans._n("Comparison of %1 image", "Comparison of %1 images", opened.uids.length),
        () => new CompareView(model, trans),
      );
    }
    return new ViewTab(
      trans.__("Sweep"),
      (tab) =>
        new SweepView(model, trans, (title) => {
          tab.title.label = clamped(title, LONGEST_TITLE);
          tab.title.caption = title;
        }),
    );
  }
}
