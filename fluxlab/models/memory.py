"""Memory presets: from what a model weighs and what the machine has to where each part goes, and why.

Placement changes no pixel, so that it comes first: parts that take turns on the device, then groups of blocks that pass
through it, then single layers. A precision below the model's own changes pixels; it is chosen only where the host's
memory cannot hold the model as it is, and then stands in the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fluxlab.errors import ModelError, nearest
from fluxlab.models.device import GIB, Device
from fluxlab.models.memory_plan import Encoders, MemoryPlan, Placement
from fluxlab.models.quantization import MEANINGS, PACKAGES, check_installed
from fluxlab.models.sizes import COMPONENTS, Sizes

BUDGETS = {"24GB": 24 * GIB, "16GB": 16 * GIB, "12GB": 12 * GIB, "8GB": 8 * GIB}
PRESETS = ("auto", "full", *BUDGETS, "cpu")
#: Leaves the precision to the preset; `choose` otherwise keeps to the one that is named.
ANY = "any"

#: What the driver and torch's own kernels hold on an accelerator before any weight is there.
RESERVE = round(0.6 * GIB)
#: What the host needs for the notebook itself.
HOST_RESERVE = 2 * GIB
#: Bytes for each pixel beside the weights, in a precision of two bytes. Decoding: published peaks of FLUX.1 at
#: 1024 x 1024 lie 4.5 to 4.8 GiB above the weights. Denoising: 4608 tokens of width 3072, of which the widest layer
#: holds about twenty copies at a time. Text encoding: a constant.
DECODE_PIXEL = 4915
DENOISE_PIXEL = 600
ENCODE = round(0.1 * GIB)
#: In order of what they did to nano's images, in mean difference of a channel: 0.3, 1.0 and 1.4 of 255; nf4 has half
#: the bits.
LOSSY = ("int8", "fp8", "fp8wo", "nf4")


def check_preset(memory: object) -> str:
    """Refuse what is no preset.

    Raises
    ------
    ModelError
        With the presets there are.
    """
    if not isinstance(memory, str) or memory not in PRESETS:
        hint = nearest(memory, PRESETS) if isinstance(memory, str) else ""
        raise ModelError(f"memory={repr(memory)[:40]} is no preset:{hint} Give one of {', '.join(PRESETS)}.")
    return memory


def choose(
    preset: str,
    sizes: Sizes,
    device: Device,
    installed: frozenset[str],
    quantization: str | None = ANY,
    *,
    pixels: int = 1024 * 1024,
    name: str = "this model",
) -> MemoryPlan:
    """Decide where a model's parts go.

    Parameters
    ----------
    preset
        One of `PRESETS`; ``"auto"`` takes what is free.
    sizes
        Of the model.
    device
        The machine.
    installed
        Optional packages that are here, see `fluxlab.models.quantization.installed`.
    quantization
        ``None`` for the model's own precision, a name for this one, `ANY` for the first that fits.
    pixels
        Of the image that must fit, width x height.
    name
        Of the model, for sentences.

    Raises
    ------
    ModelError
        When the preset is none, asks for an accelerator that is not there or for more than it has, or nothing fits.
    """
    check_preset(preset)
    if quantization != ANY:
        check_installed(quantization, installed)
    return _choose(_Case(preset, sizes, device, installed, quantization, pixels, name))


@dataclass(frozen=True)
class _Case:
    """What `choose` was asked."""

    preset: str
    sizes: Sizes
    device: Device
    installed: frozenset[str]
    quantization: str | None
    pixels: int
    name: str

    @property
    def budget(self) -> int:
        """Bytes of the device that may be used."""
        if self.preset in BUDGETS:
            return min(BUDGETS[self.preset], self.device.total) - RESERVE
        return min(self.device.free, self.device.total - RESERVE)

    @property
    def precisions(self) -> list[str | None]:
        """Those that may be chosen, the model's own first."""
        if self.quantization != ANY:
            return [self.quantization]
        return [None, *(each for each in LOSSY if each not in PACKAGES or PACKAGES[each] in self.installed)]


def _choose(case: _Case) -> MemoryPlan:
    device, budget = case.device, case.budget
    if case.preset == "cpu" or (case.preset == "auto" and device.kind == "cpu"):
        return _on_cpu(case)
    _check_device(case)
    under = f" under memory='{case.preset}'" if case.preset in BUDGETS else ""
    why = [f"{device.name} has {_gib(budget)} to use{under}."]
    for precision in case.precisions:
        for plan, host in _candidates(case, precision):
            label = _label(plan)
            if plan.peak > budget:
                why.append(f"{label} would need {_gib(plan.peak)}.")
            elif host > device.host_free - HOST_RESERVE:
                free = _gib(device.host_free)
                why.append(f"{label} would need {_gib(host)} of the host's memory, which has {free} free.")
            else:
                kept = "no pixel changes" if precision is None else f"this changes pixels: {MEANINGS[precision]}"
                why.append(f"{label} needs {_gib(plan.peak)}: it fits, and {kept}.")
                return replace(plan, why=tuple(why), smaller=_smaller(plan, case))
    raise ModelError(_nothing_fits(case, why))


def _check_device(case: _Case) -> None:
    preset, device = case.preset, case.device
    if device.kind == "cpu":
        raise ModelError(
            f"memory='{preset}' asks for an accelerator, and torch finds none on this machine: use memory='cpu' or "
            "memory='auto'."
        )
    # A card sold with 16 GB shows a little less than 16 GiB.
    if preset in BUDGETS and device.total < 0.9 * BUDGETS[preset]:
        fits = [each for each, size in BUDGETS.items() if device.total >= 0.9 * size]
        raise ModelError(
            f"memory='{preset}' is more than {device.name} has, which is {_gib(device.total)}: use "
            f"memory='{fits[0] if fits else 'cpu'}' or memory='auto'."
        )
    if case.sizes.itemsize == 2 and not device.bfloat16:
        raise ModelError(
            f"model '{case.name}' computes in 16 bits as {device.name} cannot: use memory='cpu', or another machine."
        )


def _on_cpu(case: _Case) -> MemoryPlan:
    device = case.device
    precision = None if case.quantization == ANY else case.quantization
    if precision == "nf4":
        raise ModelError(
            "quantization='nf4' needs an accelerator, because diffusers refuses bitsandbytes on a CPU: use "
            "quantization='int8' or 'fp8', or none."
        )
    need = sum(case.sizes.bytes_of(part, precision) for part in COMPONENTS)
    if need > device.host_total:
        raise ModelError(
            f"model '{case.name}' needs {_gib(need)} and this machine has {_gib(device.host_total)}: "
            "use a smaller model."
        )
    why = "No accelerator was found" if device.kind == "cpu" else "The CPU was asked for"
    return MemoryPlan(
        preset=case.preset,
        placement="cpu",
        device="cpu",
        quantization=precision,
        encoders="stay",
        why=(f"{why}: all parts stay in the host's memory, {_gib(need)} of {_gib(device.host_total)}.",),
        budget=device.host_total,
        peak=need,
    )


def _candidates(case: _Case, quantization: str | None) -> Iterator[tuple[MemoryPlan, int]]:
    """Plans for one precision from the fastest to the smallest, each with the bytes of the host that it takes."""
    sizes = case.sizes
    transformer = sizes.bytes_of("transformer", quantization)
    clip, t5, vae = (sizes.bytes_of(part) for part in ("text_encoder", "text_encoder_2", "vae"))
    denoise = DENOISE_PIXEL * case.pixels * sizes.itemsize // 2
    decode = DECODE_PIXEL * case.pixels * sizes.itemsize // 2
    # A layer that is streamed is there with the next one.
    t5_stream = 2 * sizes.leaf_bytes("text_encoder_2")
    whole = transformer + clip + t5 + vae

    def plan(placement: Placement, encoders: Encoders, peak: int) -> MemoryPlan:
        return MemoryPlan(case.preset, placement, case.device.kind, quantization, encoders, (), case.budget, peak)

    # Decoding runs beside the next image's denoising here, so that both need their room.
    yield plan("device", "stay", whole + denoise + decode), whole
    if case.preset == "full" or case.device.kind == "mps":  # Apple's memory is one: moving a part frees nothing
        return
    staged = max(clip + t5 + vae + ENCODE, transformer + vae + max(denoise, decode))
    turns = max(clip + t5 + ENCODE, transformer + denoise, vae + decode)
    yield plan("device", "host", staged), whole
    yield plan("device", "disk", staged), transformer + clip + vae
    yield plan("model_offload", "host", turns), whole
    yield plan("model_offload", "disk", turns), transformer + clip + vae
    streamed = max(clip + t5_stream + ENCODE, transformer + denoise, vae + decode)
    yield plan("model_offload", "stream", streamed), whole
    if quantization != "nf4":  # bitsandbytes' weights do not stream
        blocks = sizes.block_bytes(quantization)
        groups = clip + vae + max(blocks + denoise, t5_stream + ENCODE, decode)
        yield plan("group_offload", "stream", groups), whole
    if quantization is None:
        leaf = max(sizes.leaf_bytes(part) for part in COMPONENTS)
        yield plan("sequential_offload", "stream", leaf + max(denoise, decode)), whole


def _smaller(plan: MemoryPlan, case: _Case) -> str | None:
    """The largest preset that needs less than a plan does; else the CPU, which nf4 cannot use."""
    for each, size in BUDGETS.items():
        if size - RESERVE < plan.budget:
            try:
                other = _choose(replace(case, preset=each))
            except ModelError:
                continue
            if other.peak < plan.peak:
                return each
    return None if case.quantization == "nf4" else "cpu"


def _nothing_fits(case: _Case, why: list[str]) -> str:
    least = why[-1][0].lower() + why[-1][1:].rstrip(".")
    if case.preset == "full":
        return (
            f"memory='full' cannot hold model '{case.name}' on {case.device.name}: {least}, and {_gib(case.budget)} "
            "can be used; use memory='auto'."
        )
    asked = "" if case.quantization in {ANY, None} else f" with quantization='{case.quantization}'"
    return (
        f"memory='{case.preset}' finds no way to run model '{case.name}'{asked} on {case.device.name}: {least}, and "
        f"{_gib(case.budget)} can be used; use a quantization such as 'nf4', another preset, or memory='cpu'."
    )


def _label(plan: MemoryPlan) -> str:
    what = {
        ("device", "stay"): "Everything on the device",
        ("device", "host"): "Text encoders that leave the device after encoding",
        ("device", "disk"): "Text encoders that are dropped after encoding and read again for a new prompt",
        ("model_offload", "host"): "Parts that take turns on the device",
        ("model_offload", "disk"): "Parts that take turns, with T5 dropped after encoding and read again",
        ("model_offload", "stream"): "Parts that take turns, with T5 streamed layer by layer",
        ("group_offload", "stream"): "Blocks that are streamed through the device",
        ("sequential_offload", "stream"): "Single layers on the device (slow)",
    }[plan.placement, plan.encoders]
    return what if plan.quantization is None else f"{what}, with {plan.quantization}"


def _gib(number: int) -> str:
    return f"{number / GIB:.1f} GiB" if number >= GIB / 10 else f"{number / 2**20:.0f} MiB"
