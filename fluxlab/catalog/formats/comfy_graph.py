"""A recorded generation as a graph that ComfyUI loads, with what does not carry over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.catalog.record import Record
from fluxlab.errors import CatalogError
from fluxlab.recipe import DRAWN_SEED_END

_SAMPLERS = {
    "euler": ("euler", "simple"),
    "euler-karras": ("euler", "karras"),
    "euler-exponential": ("euler", "exponential"),
    "unipc": ("uni_pc", "simple"),
    "dpm++2m": ("dpmpp_2m", "simple"),
}
#: Models of fluxlab's own, for which there is no file that ComfyUI could load.
_OWN_MODELS = ("nano",)
#: ComfyUI pads T5's tokens to so many, and cuts none.
_TOKENS = 256
#: What diffusers reads from the configuration of FLUX.1 [dev].
_MAX_SHIFT, _BASE_SHIFT = 1.15, 0.5

#: What ComfyUI's editor or encoder acts on, and has no way to write down that both would take as it stands.
_EDITED = ("{", "}", "//", "/*", "embedding:")

Graph = dict[str, dict[str, Any]]


def comfy_graph(
    record: Record,
    *,
    unet: str | None = None,
    clip_l: str = "clip_l.safetensors",
    t5: str = "t5xxl_fp16.safetensors",
    vae: str = "ae.safetensors",
) -> Graph:
    """The graph, in ComfyUI's API format, that makes an image of the same parameters with FLUX.1 and its LoRAs.

    Written to a file as JSON it can be dropped onto ComfyUI's window, or sent to its ``/prompt`` as
    ``{"prompt": graph}``. It will not give the same pixels: `comfy_notes` says why.

    Parameters
    ----------
    record
        A whole record, as `Generation.record` gives it.
    unet
        File of the model in ComfyUI's folder; without it, the recipe's model with ``.safetensors``.
    clip_l, t5, vae
        Files of the text encoders and the decoder there.

    Raises
    ------
    CatalogError
        For a model or a scheduler that ComfyUI does not have.
    """
    recipe: Mapping[str, Any] = record["recipe"]
    if unet is None:
        if recipe["model"] in _OWN_MODELS:
            raise CatalogError(
                f"model='{recipe['model']}' is fluxlab's own and ComfyUI has no file of it: "
                "export a generation of another model, or give unet='<file>.safetensors' to try it with that."
            )
        unet = _file(recipe["model"])
    if recipe["scheduler"] not in _SAMPLERS:
        raise CatalogError(
            f"scheduler={str(recipe['scheduler'])[:60]!r} has no counterpart in ComfyUI: "
            f"only {', '.join(_SAMPLERS)} can be exported."
        )
    sampler, schedule = _SAMPLERS[recipe["scheduler"]]
    graph: Graph = {}

    def add(kind: str, title: str, **inputs: Any) -> str:
        name = str(len(graph) + 1)
        graph[name] = {"class_type": kind, "inputs": inputs, "_meta": {"title": title}}
        return name

    model = add("UNETLoader", "FLUX", unet_name=unet, weight_dtype="default")
    clip = add("DualCLIPLoader", "Text encoders", clip_name1=t5, clip_name2=clip_l, type="flux")
    decoder = add("VAELoader", "VAE", vae_name=vae)
    for use in _worn(recipe):
        file = _lora_file(record, use["name"])
        title = f"LoRA {use['name']}"
        inputs = {"model": [model, 0], "lora_name": file, "strength_model": use["strength"]}
        model = add("LoraLoaderModelOnly", title, **inputs)
    if recipe["guidance"] is not None:
        size = {"width": recipe["width"], "height": recipe["height"]}
        shifts = {"max_shift": _MAX_SHIFT, "base_shift": _BASE_SHIFT}
        model = add("ModelSamplingFlux", "Shift by size", model=[model, 0], **shifts, **size)

    def encode(title: str, first: str, second: str) -> str:
        first, second = _literal(first), _literal(second)
        if recipe["guidance"] is None and first == second:
            return add("CLIPTextEncode", title, clip=[clip, 0], text=first)
        # A model without a guidance embedding ignores the number, which the node must have.
        guidance = 3.5 if recipe["guidance"] is None else recipe["guidance"]
        return add("CLIPTextEncodeFlux", title, clip=[clip, 0], clip_l=first, t5xxl=second, guidance=guidance)

    second = recipe["prompt"] if recipe.get("prompt_2") is None else recipe["prompt_2"]
    positive = encode("Prompt", recipe["prompt"], second)
    if recipe.get("negative_prompt") is not None and recipe["true_cfg_scale"] > 1:
        negative = encode("Negative prompt", recipe["negative_prompt"], recipe["negative_prompt"])
        ends = {"positive": [positive, 0], "negative": [negative, 0], "cfg": recipe["true_cfg_scale"]}
        guider = add("CFGGuider", "Guider", model=[model, 0], **ends)
    else:
        guider = add("BasicGuider", "Guider", model=[model, 0], conditioning=[positive, 0])
    noise = add("RandomNoise", "Seed", noise_seed=recipe["seed"])
    chosen = add("KSamplerSelect", "Sampler", sampler_name=sampler)
    steps = {"scheduler": schedule, "steps": recipe["steps"], "denoise": 1.0}
    sigmas = add("BasicScheduler", "Steps", model=[model, 0], **steps)
    latent = add("EmptySD3LatentImage", "Size", width=recipe["width"], height=recipe["height"], batch_size=1)
    links = {"noise": noise, "guider": guider, "sampler": chosen, "sigmas": sigmas, "latent_image": latent}
    made = add("SamplerCustomAdvanced", "Sample", **{name: [node, 0] for name, node in links.items()})
    image = add("VAEDecode", "Decode", samples=[made, 0], vae=[decoder, 0])
    add("SaveImage", "Save", images=[image, 0], filename_prefix="fluxlab")
    return graph


def comfy_notes(record: Record) -> tuple[str, ...]:
    """Sentences on what of a record `comfy_graph` cannot carry over.

    Parameters
    ----------
    record
        A whole record.
    """
    recipe: Mapping[str, Any] = record["recipe"]
    notes = ["ComfyUI draws other noise from the same seed, so the image will differ."]
    if recipe["seed"] >= DRAWN_SEED_END:
        notes.append(f"seed={recipe['seed']} is above 2**53: ComfyUI's editor rounds it, its API does not.")
    if recipe["scheduler"] != "euler":
        notes.append(f"scheduler='{recipe['scheduler']}' was mapped to the nearest of ComfyUI's, whose steps differ.")
    if recipe["max_sequence_length"] != _TOKENS:
        notes.append(
            f"max_sequence_length={recipe['max_sequence_length']} has no counterpart: "
            f"ComfyUI pads the prompt to {_TOKENS} tokens and cuts nothing."
        )
    prompts = [str(recipe.get(name) or "") for name in ("prompt", "prompt_2", "negative_prompt")]
    if any(mark in prompt for prompt in prompts for mark in _EDITED):
        notes.append(
            "the prompt has braces, slashes or 'embedding:', which ComfyUI may take for choices, comments and files."
        )
    notes.extend(
        f"LoRA '{use['name']}' was recorded without its file: '{_file(use['name'])}' is a guess."
        for use in _worn(recipe)
        if _source(record, use["name"]) is None
    )
    notes.extend(
        f"LoRA '{use['name']}' has factors for parts of the model, which ComfyUI's own node lacks: they were left out."
        for use in _worn(recipe)
        if use.get("blocks")
    )
    notes.append("the names of the model's, text encoders' and decoder's files are guesses: choose yours in ComfyUI.")
    return tuple(notes)


def _literal(prompt: str) -> str:
    """The prompt as ComfyUI must have it: parentheses mean weights there, unless a backslash stands before them."""
    return prompt.replace("(", "\\(").replace(")", "\\)")


def _worn(recipe: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The LoRAs that take part."""
    return [use for use in recipe["loras"] if use["strength"] != 0]


def _source(record: Record, name: str) -> str | None:
    """The name of a LoRA's file, where the record says it."""
    entry = ((record.get("pipeline") or {}).get("loras") or {}).get(name)
    if not isinstance(entry, Mapping):
        return None
    source = entry.get("weight_name") or entry.get("source")
    # ComfyUI looks in its own folder, so only the last part is of use.
    last = str(source or "").replace("\\", "/").rpartition("/")[2]
    return last if last.endswith(".safetensors") else None


def _lora_file(record: Record, name: str) -> str:
    return _source(record, name) or _file(name)


def _file(name: str) -> str:
    """The usual name of a file for a model or LoRA."""
    last = str(name).replace("\\", "/").rpartition("/")[2]
    return last if last.endswith(".safetensors") else f"{last}.safetensors"
