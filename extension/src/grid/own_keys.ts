import { setAttribute } from "./element.js";

// JupyterLab binds its shortcuts to the focused element, so that an ancestor with this attribute is not enough.
const NOT_FOR_NOTEBOOK = "data-lm-suppress-shortcuts";

function saves(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}

/**
 * Keeps keys pressed inside of an element from the notebook, where "b" would insert a cell and "m" make text of this one.
 * Saving stays the notebook's. Gives back what ends it.
 */
export function keepKeys(within: () => Element | null): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const { target } = event;
    if (!(target instanceof Element) || within()?.contains(target) !== true) return;
    setAttribute(target, NOT_FOR_NOTEBOOK, saves(event) ? undefined : "true");
  };
  // The window hears of a key before JupyterLab, which listens on the document.
  window.addEventListener("keydown", pressed, true);
  return () => {
    window.removeEventListener("keydown", pressed, true);
  };
}
