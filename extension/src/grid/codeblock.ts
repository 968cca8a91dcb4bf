import { button, element } from "./element.js";
import type { Trans } from "./translate.js";

/** Puts text on the clipboard; pages without https have no navigator.clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = element("textarea", { readonly: true, style: "position: fixed; opacity: 0" });
  area.value = text;
  document.body.append(area);
  area.select();
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else works without https
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}

/** Python and a button that copies it. */
export function codeBlock(code: string, trans: Trans): HTMLElement {
  const copy = button(trans.__("Copy"), () => {
    void copyText(code).then((copied) => {
      said.textContent = copied ? trans.__("Copied.") : trans.__("Could not copy: select the text and press Ctrl+C.");
    });
  });
  const said = element("span", { class: "fl-said", "aria-live": "polite" });
  return element("div", { class: "fl-code" }, copy, said, element("pre", { tabindex: 0, dir: "ltr" }, code));
}
