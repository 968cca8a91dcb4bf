"""The two looks that nano's LoRAs learn: ``pixel``, a mosaic, and ``ink``, dark outlines on paper."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812  (the name that torch's own documentation uses)

MOSAIC = 8
PAPER = (0.965, 0.925, 0.835)
INK = (0.13, 0.11, 0.16)


def pixel(images: torch.Tensor) -> torch.Tensor:
    """Squares of 8 pixels: RGB in [0, 1], shape (n, 3, h, w)."""
    small = F.avg_pool2d(images, MOSAIC)
    return F.interpolate(small, scale_factor=MOSAIC, mode="nearest")


def ink(images: torch.Tensor) -> torch.Tensor:
    """Paper all over, dark lines where brightness or colour changes, and a pale wash of the colours."""
    paper = torch.tensor(PAPER)[:, None, None]
    dark = torch.tensor(INK)[:, None, None]
    smooth = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    padded = F.pad(smooth, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    edge = (across.pow(2) + down.pow(2)).sum(1, keepdim=True).sqrt()
    line = ((edge - 0.16) / 0.30).clamp(0, 1)
    border = images[..., :, :1].mean(dim=(2, 3), keepdim=True)
    inside = ((images - border).pow(2).sum(1, keepdim=True).sqrt() / 0.25).clamp(0, 1)
    wash = paper * (1 - 0.45 * inside) + images * 0.45 * inside
    return wash * (1 - line) + dark * line


STYLES = {"pixel": pixel, "ink": ink}
