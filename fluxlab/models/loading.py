"""Pipelines are loaded once per process and shared; each comes with the lock that guards it.

Precisions of one model have a transformer each and share T5 and the autoencoder, by which they share one lock. CLIP,
which is small, is each pipeline's own, because LoRAs act on it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fluxlab.errors import ModelError
from fluxlab.models.device import find_device, host_memory, release_cached
from fluxlab.models.files import SHARED, folder_of, is_gguf, lineage, model_sha256, shared_sha256, single_file
from fluxlab.models.memory import ANY, HOST_RESERVE, check_preset, choose
from fluxlab.models.memory_plan import MemoryPlan, Phase
from fluxlab.models.peaks import Peaks
from fluxlab.models.placement import mend, place, settle, turn, unplace
from fluxlab.models.quantization import cast, installed, loading_config
from fluxlab.models.quiet import quiet
from fluxlab.models.sizes import sizes_of
from fluxlab.models.spec import ModelSpec, get_spec
from fluxlab.models.transformers import origin_of, own_parts

if TYPE_CHECKING:
    from diffusers import FluxPipeline

#: An accelerator is one place: whoever computes on it, or makes room there, holds this.
_ACCELERATOR = threading.RLock()


@dataclass(eq=False)
class Shared:
    """What pipelines with the same T5 and autoencoder have in common.

    Attributes
    ----------
    lock
        Held by whoever uses one of the pipelines, because diffusers' pipelines are not thread-safe.
    pipes
        By model, hash and quantization.
    active
        Whose hooks are set, and whose parts may be on the device.
    """

    lock: threading.RLock
    pipes: dict[tuple[ModelSpec, str, str | None], FluxPipeline] = field(default_factory=dict)
    active: Loaded | None = None

    def t5(self, module: Any) -> None:
        """Give every pipeline the same T5, or none."""
        for pipe in self.pipes.values():
            pipe.text_encoder_2 = module


@dataclass(eq=False)
class Loaded:
    """A pipeline in memory.

    Attributes
    ----------
    pipe
        The pipeline; use it only inside `use`, because diffusers' pipelines are not thread-safe.
    sha256
        Hash of all that it was loaded from, see `fluxlab.models.files.model_sha256`.
    scheduler_config
        The scheduler's configuration as it came, before any recipe asked for another.
    origin
        For the record: source, revision, precision, and the same of the model that lent parts.
    plan
        Where its parts go.
    shared
        What it shares with other precisions of the same model.
    """

    spec: ModelSpec
    pipe: FluxPipeline
    sha256: str
    scheduler_config: dict[str, Any]
    origin: dict[str, Any]
    plan: MemoryPlan
    shared: Shared
    peaks: Peaks

    @property
    def lock(self) -> threading.RLock:
        """The lock of the shared parts."""
        return self.shared.lock

    @contextmanager
    def use(self) -> Iterator[None]:
        """Hold the pipeline; whatever ends in the middle, also Ctrl-C, leaves it as good as new."""
        with self.lock:
            try:
                self._activate()
                yield
            except BaseException:
                mend(self.pipe, self.plan)
                raise
            finally:
                self.peaks.stop()

    def turn(self, phase: Phase) -> None:
        """Have the parts of a phase on the device, inside `use`."""
        if phase != "encode" and self.plan.encoders == "disk":
            self.shared.t5(None)
            gc.collect()
        turn(self.pipe, self.plan, phase)
        if phase == "encode" and self.pipe.text_encoder_2 is None:
            streamed = "text_encoder_2" in self.plan.streamed
            self.shared.t5(_read_t5(self.spec, "cpu" if streamed else self.plan.device))
            if streamed:
                mend(self.pipe, self.plan)
        self.peaks.start(phase)

    def sleep(self) -> None:
        """Drop the transformer and its LoRAs; the next `use` reads them from their files again."""
        with self.lock:
            if self.shared.active is not None and self.shared.active.pipe is self.pipe:
                unplace(self.pipe)
                self.shared.active = None
            self.pipe.unload_lora_weights()
            self.pipe.transformer = None
            gc.collect()

    @property
    def asleep(self) -> bool:
        """Whether the transformer was dropped."""
        return self.pipe.transformer is None

    def _activate(self) -> None:
        if self.shared.active is self and not self.asleep:
            return
        former = self.shared.active
        if former is not None and not self._follows(former):
            unplace(former.pipe)
        self.shared.active = None
        if self.plan.device != "cpu":
            _clear(self.plan.device, but=self.shared)
        if self.asleep:
            _free_host(self.spec, self.plan)
            self.pipe.transformer = _read_pipeline(self.spec, self.plan, transformer_alone=True).transformer
            place(self.pipe, self.plan)
        elif former is None or not self._follows(former):
            place(self.pipe, self.plan)
        else:
            settle(self.pipe, self.plan)
        self.shared.active = self

    def _follows(self, former: Loaded) -> bool:
        """Whether it can follow another of the same model without a part that moves or a hook that changes."""
        plans = (former.plan, self.plan)
        if any(plan.device != "cpu" or plan.streamed for plan in plans):
            same = len({(plan.placement, plan.encoders, plan.device) for plan in plans}) == 1
            return same and former.pipe is self.pipe
        return True


_ADVICE = (
    "check that the folder is a whole diffusers model with safetensors weights.",
    "check that the file is a transformer for the model that lends it its other parts.",
)
_LOADED: dict[tuple[ModelSpec, MemoryPlan], Loaded] = {}
#: By the hash of the files that the shared parts come from, and the precision they are read in.
_SHARED: dict[tuple[str, str], Shared] = {}
_PLANS: dict[tuple[ModelSpec, str, str | None], MemoryPlan] = {}
_LOADING = threading.RLock()


def load(name: str, quantization: str | None = None, memory: str = "auto") -> Loaded:
    """The pipeline of a model, loaded at the first call and the same object for as long as its files stay the same.

    Parameters
    ----------
    name
        In the registry.
    quantization
        Precision of the transformer's weights, as in `fluxlab.recipe.Recipe`.
    memory
        One of `fluxlab.models.memory.PRESETS`.

    Raises
    ------
    ModelError
        When the model is unknown, its files cannot be loaded, or it does not fit into memory as asked.
    """
    spec = get_spec(name)
    with _LOADING:
        sha256 = model_sha256(spec)
        _forget_all_but(spec, sha256)
        plan = memory_plan(spec, memory, quantization)
        key = (spec, plan)
        if key not in _LOADED:
            _LOADED[key] = _load(spec, plan)
        return _LOADED[key]


def memory_plan(spec: ModelSpec, memory: str, quantization: str | None = ANY) -> MemoryPlan:
    """The plan for a model, made at the first call and kept, so that one process always answers the same.

    Raises
    ------
    ModelError
        When it does not fit into memory as asked.
    """
    check_preset(memory)
    key = (spec, memory, quantization)
    with _LOADING:
        if key not in _PLANS:
            device = find_device()
            # What other pipelines of this process hold in the host's memory can be had: they would be put to sleep.
            held = sum(
                tensor.nbytes
                for pipe in {id(loaded.pipe): loaded.pipe for loaded in _LOADED.values()}.values()
                for module in (pipe.transformer, pipe.text_encoder_2)
                if module is not None
                for tensor in module.parameters()
                if tensor.device.type == "cpu"
            )
            device = replace(device, host_free=min(device.host_total, device.host_free + held))
            pixels = spec.width * spec.height
            # The file of a GGUF is what it is.
            asked = None if is_gguf(spec) else quantization
            _PLANS[key] = choose(memory, sizes_of(spec), device, _packages(spec), asked, pixels=pixels, name=spec.name)
        return _PLANS[key]


def _packages(spec: ModelSpec) -> frozenset[str]:
    """Optional packages that can quantise a model: none where its transformer is read apart from the rest."""
    return installed() if spec.base is None else frozenset()


def loaded(name: str) -> Loaded | None:
    """A pipeline of a model that is in memory already, in any precision; nothing is loaded.

    Raises
    ------
    ModelError
        When the model is unknown.
    """
    return next(iter(loaded_of(get_spec(name))), None)


def adopt(spec: ModelSpec, pipe: FluxPipeline) -> None:
    """Take a pipeline that is in memory already for what a model's folder holds, in the model's own precision.

    Parameters
    ----------
    spec
        Of a folder whose configurations and headers are those of the pipeline; its weights are not read.
    pipe
        With all its parts in the host's memory.
    """
    with _LOADING:
        lock = threading.RLock() if find_device().kind == "cpu" else _ACCELERATOR
        shared = _SHARED.setdefault((shared_sha256(_root(spec)), spec.dtype), Shared(lock))
        shared.pipes[spec, model_sha256(spec), None] = pipe


def loaded_of(spec: ModelSpec) -> tuple[Loaded, ...]:
    """The pipelines of a model that are in memory."""
    with _LOADING:
        return tuple(loaded for key, loaded in _LOADED.items() if key[0] == spec)


def _forget_all_but(spec: ModelSpec, sha256: str) -> None:
    """Drop what was loaded from files that have changed since."""
    stale = [key for key, loaded in _LOADED.items() if key[0] == spec and loaded.sha256 != sha256]
    for key in stale:
        shared = _LOADED.pop(key).shared
        shared.pipes = {of: pipe for of, pipe in shared.pipes.items() if of[0] != spec}
    if stale:
        for of in [of for of in _PLANS if of[0] == spec]:
            del _PLANS[of]


def _load(spec: ModelSpec, plan: MemoryPlan) -> Loaded:
    sha256 = model_sha256(spec)
    lock = threading.RLock() if find_device().kind == "cpu" else _ACCELERATOR
    shared = _SHARED.setdefault((shared_sha256(_root(spec)), spec.dtype), Shared(lock))
    of = (spec, sha256, plan.quantization)
    pipe = shared.pipes.get(of)
    if pipe is None:
        _free_host(spec, plan)
        if plan.quantization == "nf4":  # is read straight to the accelerator
            with lock:
                _clear(plan.device)
        pipe = _read_pipeline(spec, plan, shared=next(iter(shared.pipes.values()), None))
        embeds = bool(pipe.transformer.config.guidance_embeds)
        if embeds != spec.guidance_embeds:
            raise ModelError(
                f"model '{spec.name}' is registered with guidance_embeds={spec.guidance_embeds} but its transformer "
                f"says {embeds}: correct the registration."
            )
        pipe.set_progress_bar_config(disable=True)
        shared.pipes[of] = pipe
    return Loaded(spec, pipe, sha256, dict(pipe.scheduler.config), origin_of(spec), plan, shared, Peaks(plan.device))


def _root(spec: ModelSpec) -> ModelSpec:
    """The model at the end of the lineage, which lends all that no other has."""
    return list(lineage(spec))[-1]


def _read_pipeline(
    spec: ModelSpec, plan: MemoryPlan, *, shared: FluxPipeline | None = None, transformer_alone: bool = False
) -> FluxPipeline:
    """Read a pipeline from its files, with T5 and the autoencoder of another one where there is one."""
    root = _root(spec)
    folder = folder_of(root, transformer=root is spec)
    # Handed over as they are: FluxPipeline.from_pipe would turn the weights of both pipelines into float32.
    given: dict[str, Any] = {} if shared is None else {name: getattr(shared, name) for name in SHARED}
    if transformer_alone:
        given = dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "vae"))
    if plan.encoders == "disk":
        given["text_encoder_2"] = None
    with quiet():
        import torch

        from fluxlab.models.flux_pipeline import FluxPipeline

        dtype = getattr(torch, spec.dtype)
        try:
            if root is not spec:
                given |= own_parts(spec)
            pipe = FluxPipeline.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                **given,
                **(loading_config(plan.quantization, dtype) if root is spec else {}),
            )
        except ModelError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"model '{spec.name}' could not be loaded from '{single_file(spec) or spec.folder}' "
                f"({type(error).__name__}: {reason}): {_ADVICE[single_file(spec) is not None]}"
            ) from error
        if plan.quantization == "fp8":
            cast(pipe.transformer, dtype)
    return pipe


def _read_t5(spec: ModelSpec, device: str) -> Any:
    """T5 from its files to where it computes, without a stay in the host's memory."""
    with quiet():
        import torch
        from transformers import T5EncoderModel

        return T5EncoderModel.from_pretrained(
            folder_of(_root(spec), transformer=False) / "text_encoder_2",
            dtype=getattr(torch, spec.dtype),
            device_map=device,
            use_safetensors=True,
            local_files_only=True,
        ).eval()


def _clear(device: str, *, but: Shared | None = None) -> None:
    """Take models off the accelerator, whose lock the caller holds; those with the same shared parts can stay."""
    for other in list(_LOADED.values()):
        shared = other.shared
        if shared is not but and shared.active is other and other.plan.device != "cpu":
            unplace(other.pipe)
            shared.active = None
    release_cached(device)


def _free_host(spec: ModelSpec, plan: MemoryPlan) -> None:
    """Put other pipelines to sleep where the host's memory is too short for one more transformer."""
    need = sizes_of(spec).bytes_of("transformer", plan.quantization)
    for other in list(_LOADED.values()):
        if host_memory()[1] - HOST_RESERVE >= need:
            return
        if not other.asleep and other.lock.acquire(blocking=False):
            try:
                other.sleep()
            finally:
                other.lock.release()
