import type { Trans } from "./translate.js";

/** Where two images of one size differ. */
export interface Difference {
  /** Largest difference of a colour value, 0 to 255. */
  largest: number;
  /** Mean difference of all colour values, 0 to 255. */
  mean: number;
  /** Share of the pixels that differ at all, 0 to 1. */
  share: number;
}

/** Compares RGBA values, without their alpha, and writes the differences times `gain` as opaque pixels into `shown`. */
export function difference(
  a: Uint8ClampedArray,
  b: Uint8ClampedArray,
  gain: number,
  shown: Uint8ClampedArray,
): Difference {
  let largest = 0;
  let sum = 0;
  let differing = 0;
  for (let pixel = 0; pixel < a.length; pixel += 4) {
    let here = 0;
    for (let value = pixel; value < pixel + 3; value++) {
      const distance = Math.abs((a[value] ?? 0) - (b[value] ?? 0));
      shown[value] = distance * gain;
      sum += distance;
      if (distance > here) here = distance;
    }
    shown[pixel + 3] = 255;
    if (here > 0) differing++;
    if (here > largest) largest = here;
  }
  const pixels = Math.max(1, a.length / 4);
  return { largest, mean: sum / (3 * pixels), share: differing / pixels };
}

/** The numbers in words. Nothing that differs is rounded to "nothing". */
export function differenceText({ largest, mean, share }: Difference, trans: Trans): string {
  if (largest === 0) return trans.__("No difference: the same pixels.");
  const meanText = mean < 0.01 ? trans.__("below %1", 0.01) : mean.toFixed(2);
  const percent = share * 100;
  const most = percent > 99.9 && share < 1 ? trans.__("above %1", 99.9) : percent.toFixed(1);
  const shareText = percent < 0.1 ? trans.__("below %1", 0.1) : most;
  return trans.__("Largest difference %1 of 255, mean %2; %3 % of the pixels differ.", largest, meanText, shareText);
}

export interface Pixels {
  width: number;
  height: number;
  values: Uint8ClampedArray;
}

/** The pixels of the image behind a URL. */
export async function pixelsOf(url: string): Promise<Pixels> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  const { naturalWidth: width, naturalHeight: height } = image;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0);
  return { width, height, values: context.getImageData(0, 0, width, height).data };
}
