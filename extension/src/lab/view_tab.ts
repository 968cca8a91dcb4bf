import { Widget } from "@lumino/widgets";
import { button, element } from "../grid/element.js";
import type { TabView } from "../tabs/tab.js";
import { icon } from "./icon.js";

/** The way out of a tab that has no tab to be closed by. */
export interface Back {
  text: string;
  go: () => void;
}

/** A comparison or a sweep as a widget of JupyterLab. */
export class ViewTab extends Widget {
  readonly #view: TabView;

  constructor(title: string, back: Back | null, viewOf: (tab: ViewTab) => TabView) {
    super();
    this.addClass("fl-lab-tab");
    this.title.icon = icon;
    this.title.label = title;
    this.title.caption = title;
    this.title.closable = true;
    this.#view = viewOf(this);
    if (back !== null) {
      const leave = (): void => {
        this.dispose();
        back.go();
      };
      this.node.append(element("div", { class: "fl-back" }, button(back.text, leave)));
    }
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
