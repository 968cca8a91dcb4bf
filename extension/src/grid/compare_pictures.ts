import type { CompareMode } from "./choices.js";
import { difference, differenceText, pixelsOf } from "./difference.js";
import { element } from "./element.js";
import type { Trans } from "./translate.js";

/** An image to compare: its letter, what it is, and where it is. */
export interface Compared {
  letter: string;
  label: string;
  url: string;
  lossy: boolean;
}

const GAINS = [1, 4, 16];

function frame(picture: Compared, extra = ""): HTMLElement {
  return element(
    "div",
    { class: `fl-frame ${extra}` },
    element("img", { src: picture.url, alt: picture.label, draggable: "false" }),
  );
}

function sideBySide(pictures: readonly Compared[]): HTMLElement {
  return element(
    "div",
    { class: "fl-beside" },
    ...pictures.map((picture) =>
      element(
        "figure",
        {},
        frame(picture),
        element("figcaption", { dir: "auto" }, element("strong", {}, picture.letter), ` ${picture.label}`),
      ),
    ),
  );
}

/** Two images over each other, and a slider that says how much of the second is seen. */
function overlaid(a: Compared, b: Compared, mode: "swipe" | "onion", trans: Trans): HTMLElement {
  const over = frame(b, "fl-over");
  const slider = element("input", {
    type: "range",
    min: 0,
    max: 100,
    value: 50,
    "aria-label":
      mode === "swipe" ? trans.__("Line between %1 and %2", a.letter, b.letter) : trans.__("Opacity of %1", b.letter),
  });
  const show = (): void => {
    if (mode === "swipe") over.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
    else over.style.opacity = String(Number(slider.value) / 100);
  };
  slider.addEventListener("input", show);
  show();
  const stack = element("div", { class: "fl-stack" }, frame(a), over);
  return element("div", {}, element("label", { class: "fl-slider" }, a.letter, slider, b.letter), stack);
}

function differing(a: Compared, b: Compared, trans: Trans): HTMLElement {
  const said = element("p", { class: "fl-numbers", "aria-live": "polite" }, trans.__("Comparing…"));
  const canvas = element("canvas", {
    role: "img",
    "aria-label": trans.__("Difference of %1 and %2", a.letter, b.letter),
  });
  const gain = element("select", { "aria-label": trans.__("Brightness of the difference") });
  gain.append(...GAINS.map((value) => element("option", { value }, value === 1 ? trans.__("as it is") : `× ${value}`)));
  const show = async (): Promise<void> => {
    const [first, second] = await Promise.all([pixelsOf(a.url), pixelsOf(b.url)]);
    const { width, height } = first;
    if (width !== second.width || height !== second.height) {
      said.textContent = trans.__(
        "Sizes differ: %1 × %2 and %3 × %4 pixels.",
        width,
        height,
        second.width,
        second.height,
      );
      return;
    }
    canvas.width = width;
    canvas.height = height;
    const shown = new ImageData(width, height);
    const numbers = difference(first.values, second.values, Number(gain.value), shown.data);
    canvas.getContext("2d")?.putImageData(shown, 0, 0);
    const lossy = a.lossy || b.lossy ? ` ${trans.__("Lossily stored images differ by that, too.")}` : "";
    said.textContent = `${differenceText(numbers, trans)}${lossy}`;
  };
  const run = (): void => {
    show().catch(() => {
      said.textContent = trans.__("The browser cannot read these images, so they are not compared.");
    });
  };
  gain.addEventListener("change", run);
  run();
  return element(
    "div",
    {},
    said,
    element("label", {}, `${trans.__("Shown")} `, gain),
    element("div", { class: "fl-frame fl-difference" }, canvas),
  );
}

/** The images in one of the ways to compare them. All but side by side compare the first two. */
export function comparedPictures(pictures: readonly Compared[], mode: CompareMode, trans: Trans): HTMLElement {
  const [a, b] = pictures;
  if (mode === "side" || !a || !b) return sideBySide(pictures);
  return mode === "difference" ? differing(a, b, trans) : overlaid(a, b, mode, trans);
}
