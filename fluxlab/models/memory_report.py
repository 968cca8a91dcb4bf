"""What a memory preset chose, why, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from fluxlab.models.device import GIB, Device, find_device
from fluxlab.models.loading import loaded_of, memory_plan
from fluxlab.models.memory_plan import MemoryPlan
from fluxlab.models.peaks import Peak
from fluxlab.models.sizes import COMPONENTS, sizes_of
from fluxlab.models.spec import get_spec


@dataclass(frozen=True)
class MemoryReport:
    """What the preset of a lab chose for its model.

    Attributes
    ----------
    model : str
        Its name.
    device : Device
        The machine as it is now.
    plan : MemoryPlan
        What was chosen, with the sentences that tell why and the peak that is expected, in bytes.
    sizes : dict
        Bytes of each component in the precision it is held in.
    peaks : dict
        For each precision that ran in this process (``None`` is the model's own) and each phase, the most memory that
        was in use; empty before the first image.
    measured : str
        What the numbers in ``peaks`` are.
    """

    model: str
    device: Device
    plan: MemoryPlan
    sizes: dict[str, int]
    peaks: dict[str | None, dict[str, Peak]]
    measured: str

    def __str__(self) -> str:
        plan = self.plan
        lossless = "lossless" if plan.lossless else f"quantization={plan.quantization!r}, which changes pixels"
        lines = [
            f"memory={plan.preset!r} for model {self.model!r} on {self.device}",
            f"Chosen: {plan.placement}, {lossless}; {_size(plan.peak)} expected at most.",
            *(f"  {sentence}" for sentence in plan.why),
            "Parts: " + ", ".join(f"{name} {_size(size)}" for name, size in self.sizes.items()),
        ]
        for quantization, phases in self.peaks.items():
            of = "" if quantization is None else f" with quantization={quantization!r}"
            found = ", ".join(f"{phase} {_size(peak.allocated)}" for phase, peak in phases.items())
            lines.append(f"Measured peaks{of}: {found} ({self.measured})")
        if not self.peaks:
            lines.append("Measured peaks: none yet, because no image was made in this process.")
        smaller = "none" if plan.smaller is None else f"memory={plan.smaller!r}"
        lines.append(f"Next smaller preset: {smaller}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def memory_report(model: str, memory: str) -> MemoryReport:
    """Report on a model under a preset.

    Parameters
    ----------
    model
        Name in the registry.
    memory
        One of `fluxlab.models.memory.PRESETS`.

    Raises
    ------
    ModelError
        When the model cannot be fitted into memory as asked.
    """
    spec = get_spec(model)
    plan, sizes = memory_plan(spec, memory), sizes_of(spec)
    ran = [loaded for loaded in loaded_of(spec) if loaded.peaks.found]
    return MemoryReport(
        model=model,
        device=find_device(),
        plan=plan,
        sizes={part: sizes.bytes_of(part, plan.quantization) for part in COMPONENTS},
        peaks={loaded.plan.quantization: dict(loaded.peaks.found) for loaded in ran},
        measured=ran[0].peaks.meaning if ran else "",
    )


def _size(number: int) -> str:
    return f"{number / GIB:.1f} GiB" if number >= GIB else f"{number / 2**20:.1f} MiB"
