import type { Store } from "./store.js";
import { panned, zoomedAt } from "./zoom.js";

const STARTS_AFTER = 4; // pixels, so that a click is not a drag

function frameOf(target: EventTarget | null): DOMRect | null {
  const frame = target instanceof Element ? target.closest(".fl-frame") : null;
  return frame?.getBoundingClientRect() ?? null;
}

/** Ctrl+wheel zooms all pictures at the point under the pointer, and dragging moves them. */
export function zoomByPointer(root: HTMLElement, store: Store, signal: AbortSignal): void {
  root.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      const frame = frameOf(event.target);
      if (!frame) return;
      event.preventDefault();
      const [x, y] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
      store.choose({ zoom: zoomedAt(store.choices.zoom, Math.exp(-event.deltaY / 300), x, y) });
    },
    { signal, passive: false },
  );

  let drag: { x: number; y: number; frame: DOMRect; moving: boolean } | null = null;
  root.addEventListener(
    "pointerdown",
    (event) => {
      const frame = frameOf(event.target);
      if (frame && event.button === 0 && store.choices.zoom.scale > 1) {
        drag = { x: event.clientX, y: event.clientY, frame, moving: false };
      }
    },
    { signal },
  );
  root.addEventListener(
    "pointermove",
    (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moving) {
        if (Math.hypot(dx, dy) < STARTS_AFTER) return;
        drag.moving = true;
        root.setPointerCapture(event.pointerId);
      }
      drag.x = event.clientX;
      drag.y = event.clientY;
      store.choose({ zoom: panned(store.choices.zoom, dx / drag.frame.width, dy / drag.frame.height) });
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel"] as const) {
    root.addEventListener(
      end,
      () => {
        drag = null;
      },
      { signal },
    );
  }
}
