import { element } from "./element.js";
import { watchElement, watchKernel } from "./kernel_watch.js";
import { keepKeys } from "./own_keys.js";
import type { Model } from "./protocol.js";
import { Store } from "./store.js";
import { View } from "./view.js";

interface Widget {
  initialize(props: { model: Model }): () => void;
  render(props: { model: Model; el: HTMLElement }): () => void;
}

/** What stands among the widgets of a form: no images, only what the form needs of the page. */
function renderForm(model: Model, el: HTMLElement): () => void {
  el.append(hiding(model));
  return keepKeys(() => el.closest(".fluxlab-panel"));
}

/** Hides the images that the notebook keeps for those without a kernel as long as it is in the page. */
function hiding(model: Model): HTMLStyleElement {
  const hides = element("style");
  hides.textContent = model.get("hides") ?? "";
  return hides;
}

/** The anywidget module. It is called once for each model, so that all views of a model have one store. */
export default function grid(): Widget {
  let store: Store | null = null;
  return {
    initialize({ model }) {
      if (model.get("form")) return () => undefined;
      const made = new Store(model);
      store = made;
      const unwatch = watchKernel(model, made);
      return () => {
        unwatch();
        made.dispose();
      };
    },
    render({ model, el }) {
      if (model.get("form")) return renderForm(model, el);
      const shown = store ?? new Store(model);
      store = shown;
      const unwatch = watchElement(model, shown, el);
      const view = new View(shown);
      const hides = hiding(model);
      el.append(hides, view.root);
      return () => {
        unwatch();
        hides.remove();
        view.dispose();
      };
    },
  };
}
