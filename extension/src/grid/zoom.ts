// One zoom for all cells. A point is a fraction of the cell, so that it means the same in cells of any size.

export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const LARGEST = 16;
/** From here on a thumbnail is too coarse, and the visible cells ask for their full images. */
export const WANTS_FULL = 1.5;

function kept(zoom: Zoom): Zoom {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale));
  const least = 1 - scale;
  // Adding zero turns -0 into 0.
  return { scale, x: Math.min(0, Math.max(least, zoom.x)) + 0, y: Math.min(0, Math.max(least, zoom.y)) + 0 };
}

/** Zooms so that what lies at (x, y) of the cell stays there. */
export function zoomedAt(zoom: Zoom, factor: number, x = 0.5, y = 0.5): Zoom {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return kept({ scale, x: x - (x - zoom.x) * ratio, y: y - (y - zoom.y) * ratio });
}

export function panned(zoom: Zoom, dx: number, dy: number): Zoom {
  return kept({ scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });
}

/** All pictures under `root` follow these variables. */
export function showZoom(root: HTMLElement, zoom: Zoom): void {
  root.toggleAttribute("data-zoomed", zoom.scale > 1);
  root.style.setProperty("--fl-scale", String(zoom.scale));
  root.style.setProperty("--fl-x", `${zoom.x * 100}%`);
  root.style.setProperty("--fl-y", `${zoom.y * 100}%`);
}
