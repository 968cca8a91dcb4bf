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
import { GalleryWidget } from "./gallery_widget.js";
import { asArguments, keyOf, type Opened, tabOf } from "./opened.js";
import { type Back, ViewTab } from "./view_tab.js";

/** Where tabs go: Notebook has no main area beside its one document, and no tabs in its sidebar. */
export interface Place {
  area: "main" | "right";
  /** Id of the gallery whose place they take in a sidebar. */
  gallery: string;
}

type OpenGallery = (state: Partial<GalleryState>, changed: (state: GalleryState) => void) => GalleryWidget;

const LONGEST_TITLE = 40;

/** The galleries, comparisons and sweeps that are open as tabs. */
export class Tabs {
  readonly #app: JupyterFrontEnd;
  readonly #http: Http;
  readonly #trans: Trans;
  readonly #place: Place;
  readonly #openGallery: OpenGallery;
  readonly #tracker = new WidgetTracker<Widget>({ namespace: "fluxlab" });
  readonly #opened = new Map<Widget, Opened>();

  constructor(app: JupyterFrontEnd, http: Http, trans: Trans, place: Place, openGallery: OpenGallery) {
    this.#app = app;
    this.#http = http;
    this.#trans = trans;
    this.#place = place;
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
  open(asked: Opened): Widget {
    const { shell } = this.#app;
    const opened = this.#placed(asked);
    const id = `fluxlab-${keyOf(opened)}`;
    const found = this.#tracker.find((widget) => widget.id === id);
    const widget = found ?? this.#add(id, opened);
    if (found instanceof GalleryWidget && opened.view === "gallery") found.go(opened.state);
    shell.activateById(widget.id);
    return widget;
  }

  /** A gallery stands in the tab that shows its catalog, whichever that began with. */
  #placed(opened: Opened): Opened {
    if (opened.view !== "gallery" || opened.tab !== null) return opened;
    const open: { tab: number; catalog: string | null }[] = [];
    for (const [widget, other] of this.#opened) {
      if (other.view !== "gallery" || !(widget instanceof GalleryWidget)) continue;
      open.push({ tab: other.tab ?? 1, catalog: widget.state.catalog ?? other.state.catalog ?? null });
    }
    return { ...opened, tab: tabOf(opened.state.catalog ?? null, open) };
  }

  #add(id: string, opened: Opened): Widget {
    const widget = this.#make(opened);
    widget.id = id;
    this.#opened.set(widget, opened);
    widget.disposed.connect(() => this.#opened.delete(widget));
    this.#app.shell.add(widget, this.#place.area);
    void this.#tracker.add(widget);
    return widget;
  }

  #back(): Back | null {
    const { area, gallery } = this.#place;
    if (area === "main") return null;
    const go = (): void => {
      this.#app.shell.activateById(gallery);
    };
    return { text: this.#trans.__("← Back to the gallery"), go };
  }

  #make(opened: Opened): Widget {
    const trans = this.#trans;
    if (opened.view === "gallery") {
      const widget = this.#openGallery(opened.state, (state) => {
        if (widget.isDisposed) return;
        this.#opened.set(widget, { ...opened, state });
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
        this.#back(),
        () => new CompareView(model, trans),
      );
    }
    return new ViewTab(
      trans.__("Sweep"),
      this.#back(),
      (tab) =>
        new SweepView(model, trans, (title) => {
          tab.title.label = clamped(title, LONGEST_TITLE);
          tab.title.caption = title;
        }),
    );
  }
}
