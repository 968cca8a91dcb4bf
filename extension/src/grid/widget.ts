import { element } from "./element.js";
import { watchElement, watchKernel } from "./kernel_watch.js";
import type { Model } from "./protocol.js";
import { Store } from "./store.js";
import { View } from "./view.js";

interface Widget {
  initialize(props: { model: Model }): () => void;
  render(props: { model: Model; el: HTMLElement }): () => void;
}

/** The anywidget module. It is called once for each model, so that all views of a model have one store. */
export default function grid(): Widget {
  let store: Store | null = null;
  return {
    initialize({ model }) {
      const made = new Store(model);
      store = made;
      const unwatch = watchKernel(model, made);
      return () => {
        unwatch();
        made.dispose();
      };
    },
    render({ model, el }) {
      const shown = store ?? new Store(model);
      store = shown;
      const unwatch = watchElement(model, shown, el);
      const view = new View(shown);
      // The images that the notebook keeps for those without a kernel are hidden as long as this view is in the page.
      const hides = element("style");
      hides.textContent = model.get("hides") ?? "";
      el.append(hides, view.root);
      return () => {
        unwatch();
        hides.remove();
        view.dispose();
      };
    },
  };
}
