"""All that is known of a cell, as pairs of words: for the hover text, the list below an image, and its alt text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fluxlab.blocks import split_name
from fluxlab.grid.cells import GridCell
from fluxlab.grid.labels import clean, coords_text, shorten, strengths, value_text

#: Characters of a text field in a cell: a prompt is repeated in every cell of a grid.
FIELD_MAX = 400
ALT_PROMPT_MAX = 160
#: What most recipes leave alone is only worth a line where somebody set it.
_UNSET: dict[str, Any] = {
    "prompt_2": None, "negative_prompt": None, "true_cfg_scale": 1.0, "loras": [], "scheduler": "euler"
}  # fmt: skip


def facts(cell: GridCell) -> list[tuple[str, str]]:
    """Every parameter, what was really used, timings and identity of a cell."""
    out = [("error", value_text(cell.error, FIELD_MAX))] if cell.error and cell.status != "ok" else []
    values = cell.parameters
    for name, value in values.items():
        if name in _UNSET and value in (_UNSET[name], {}):
            continue
        if name == "loras":
            out += [(f"lora {clean(name)}", _strength(name, used)) for name, used in strengths(value).items()]
        else:
            out.append((name, value_text(value, FIELD_MAX)))
    out += [(clean(a), value_text(v, FIELD_MAX)) for a, v in cell.coords.items() if not values and a not in values]
    if cell.lossy:
        far = ", ".join(f"{name.removeprefix('exact.')} {value:.4g}" for name, value in cell.scores.items())
        out.append(("lossy", clean(cell.lossy)))
        out.append(("from the exact image", far or "not measured: the catalog does not have it"))
    made = cell.generation
    if made is None:
        return out
    for name, value in made.effective.items():
        # Repeating what was asked for would bury the differences.
        if name not in values or value != values[name]:
            out.append((f"used {clean(str(name))}", value_text(value, FIELD_MAX)))
    if made.timings:
        stages = ", ".join(f"{clean(stage)} {seconds:.3g} s" for stage, seconds in made.timings.items())
        out.append(("time", f"{sum(made.timings.values()):.3g} s ({stages})"))
    if cell.count > 1:
        out.append(("images here", f"{cell.count}, of which this is the newest"))
    if made.imported is not None:
        out.append(("imported from", clean(made.source)))
    out += [("mode", clean(made.mode)), ("uid", clean(made.uid)), ("made", f"{made.created:%Y-%m-%d %H:%M:%S} UTC")]
    return out


def _strength(name: str, used: Any) -> str:
    return f"{'strength' if split_name(name)[1] is None else 'factor'} {value_text(used)}"


def hover(cell: GridCell, remarks: Sequence[str], limit: int) -> str:
    """The facts as lines of plain text, at most ``limit`` characters."""
    lines = [state(cell), *remarks, *(f"{name}: {text}" for name, text in facts(cell))]
    return shorten("\n".join(line for line in lines if line), limit)


def alt(cell: GridCell) -> str:
    """What stands for the image where it is not seen: the prompt and the values along the axes."""
    prompt = value_text(cell.parameters.get("prompt", "image"), ALT_PROMPT_MAX)
    coords = coords_text({a: v for a, v in cell.coords.items() if a != "prompt"})
    return f"{prompt}, {coords}" if coords else prompt


def state(cell: GridCell) -> str:
    """The status in words."""
    if cell.status == "ok":
        return (f"newest of {cell.count}" if cell.count > 1 else "from the catalog") if cell.cached else ""
    if cell.status == "interrupted":
        step = cell.generation.step if cell.generation is not None else None
        return "interrupted" + (f" after step {step}" if step is not None else "")
    return {"failed": "failed", "started": "being made", "waiting": "waiting", "missing": "not made"}.get(
        cell.status, clean(cell.status)
    )
