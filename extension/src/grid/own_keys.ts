import { setAttribute } from "./element.js";

// JupyterLab binds its shortcuts to the focused element, so that an ancestor with this attribute is not enough.
const NOT_FOR_NOTEBOOK = "data-lm-suppress-shortcuts";

function saves(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}

/** Plain keys are the focused element's; those with Ctrl, Alt or Meta are shortcuts of the page. */
export function isShortcut(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.altKey || event.metaKey;
}

/**
 * Keeps keys pressed inside of an element from the notebook, where "b" would insert a cell and "m" make text of this one.
 * Those that pass stay the notebook's: saving, where nothing else is said. Gives back what ends it.
 */
export function keepKeys(within: () => Element | null, passes: (event: KeyboardEvent) => boolean = saves): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const { target } = event;
    if (!(target instanceof Element) || within()?.contains(target) !== true) return;
    setAttribute(target, NOT_FOR_NOTEBOOK, passes(event) ? undefined : "true");
  };
  // The window hears of a key before JupyterLab, which listens on the document.
  window.addEventListener("keydown", pressed, true);
  return () => {
    window.removeEventListener("keydown", pressed, true);
  };
}
