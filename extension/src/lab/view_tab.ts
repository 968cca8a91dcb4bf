import { Widget } from "@lumino/widgets";
import type { TabView } from "../tabs/tab.js";
import { icon } from "./icon.js";

/** A comparison or a sweep as a widget of JupyterLab. */
export class ViewTab extends Widget {
  readonly #view: TabView;

  constructor(title: string, viewOf: (tab: ViewTab) => TabView) {
    super();
    this.addClass("fl-lab-tab");
    this.title.icon = icon;
    this.title.label = title;
    this.title.closable = true;
    this.#view = viewOf(this);
    this.node.append(this.#view.root);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#view.dispose();
    super.dispose();
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) this.#view.show?.();
  }

  protected override onAfterShow(): void {
    this.#view.show?.();
  }

  protected override onAfterHide(): void {
    this.#view.hide?.();
  }

  protected override onBeforeDetach(): void {
    this.#view.hide?.();
  }

  protected override onActivateRequest(): void {
    this.#view.focus();
  }

  protected override onCloseRequest(): void {
    this.dispose();
  }
}
