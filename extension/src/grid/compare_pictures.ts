import type { CompareMode } from "./choices.js";
import { difference, differenceText, pixelsOf } from "./difference.js";
import { element } from "./element.js";

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
function overlaid(a: Compared, b: Compared, mode: "swipe" | "onion"): HTMLElement {
  const over = frame(b, "fl-over");
  const slider = element("input", {
    type: "range",
    min: 0,
    max: 100,
    value: 50,
    "aria-label": mode === "swipe" ? `Line between ${a.letter} and ${b.letter}` : `Opacity of ${b.letter}`,
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

function differing(a: Compared, b: Compared): HTMLElement {
  const said = element("p", { class: "fl-numbers", "aria-live": "polite" }, "Comparing…");
  const canvas = element("canvas", { role: "img", "aria-label": `Difference of ${a.letter} and ${b.letter}` });
  const gain = element("select", { "aria-label": "Brightness of the difference" });
  gain.append(...GAINS.map((value) => element("option", { value }, value === 1 ? "as it is" : `× ${value}`)));
  const show = async (): Promise<void> => {
    const [first, second] = await Promise.all([pixelsOf(a.url), pixelsOf(b.url)]);
    const { width, height } = first;
    if (width !== second.width || height !== second.height) {
      said.textContent = `Sizes differ: ${width} × ${height} and ${second.width} × ${second.height} pixels.`;
      return;
    }
    canvas.width = width;
    canvas.height = height;
    const shown = new ImageData(width, height);
    const numbers = difference(first.values, second.values, Number(gain.value), shown.data);
    canvas.getContext("2d")?.putImageData(shown, 0, 0);
    const lossy = a.lossy || b.lossy ? " Lossily stored images differ by that, too." : "";
    said.textContent = `${differenceText(numbers)}${lossy}`;
  };
  const run = (): void => {
    show().catch((reason: unknown) => {
      said.textContent = `Not compared: ${String(reason)}`;
    });
  };
  gain.addEventListener("change", run);
  run();
  return element(
    "div",
    {},
    said,
    element("label", {}, "Shown ", gain),
    element("div", { class: "fl-frame fl-difference" }, canvas),
  );
}

/** The images in one of the ways to compare them. All but side by side compare the first two. */
export function comparedPictures(pictures: readonly Compared[], mode: CompareMode): HTMLElement {
  const [a, b] = pictures;
  if (mode === "side" || !a || !b) return sideBySide(pictures);
  return mode === "difference" ? differing(a, b) : overlaid(a, b, mode);
}
