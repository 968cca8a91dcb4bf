"""A lab with a fresh catalog, and a pipeline of plain diffusers to compare it with."""

import pytest

from fluxlab import Lab
from fluxlab.models import find_lora, get_spec


@pytest.fixture
def lab(home):
    return Lab(catalog=home)


@pytest.fixture(scope="session")
def lone_pipeline():
    """nano loaded by diffusers alone, shared with no part of fluxlab."""
    import torch
    from diffusers import FluxPipeline

    pipe = FluxPipeline.from_pretrained(get_spec("nano").folder, dtype=torch.float32, use_safetensors=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture
def lone_call(lone_pipeline):
    """What a user of diffusers would write for a recipe; LoRAs are loaded for the call and unloaded after it."""
    import torch
    from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

    config = dict(lone_pipeline.scheduler.config)
    schedulers = {
        "euler": lambda: FlowMatchEulerDiscreteScheduler.from_config(config),
        "euler-karras": lambda: FlowMatchEulerDiscreteScheduler.from_config(config, use_karras_sigmas=True),
        "euler-exponential": lambda: FlowMatchEulerDiscreteScheduler.from_config(config, use_exponential_sigmas=True),
        "unipc": lambda: UniPCMultistepScheduler.from_config(
            config, prediction_type="flow_prediction", use_flow_sigmas=True
        ),
        "dpm++2m": lambda: DPMSolverMultistepScheduler.from_config(
            config, prediction_type="flow_prediction", use_flow_sigmas=True, use_dynamic_shifting=True
        ),
    }

    def call(recipe):
        pipe = lone_pipeline
        pipe.scheduler = schedulers[recipe.scheduler]()
        for use in recipe.loras:
            path = find_lora(use.name).path
            pipe.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name=path.stem)
        if recipe.loras:
            names = [find_lora(use.name).path.stem for use in recipe.loras]
            pipe.set_adapters(names, [use.strength for use in recipe.loras])
            for adapter, use in zip(names, recipe.loras, strict=True):
                for key, factor in use.blocks:  # here: whole streams and single blocks, none inside another
                    stream, _, block = key.partition(".")
                    holder = {"double": "transformer_blocks.", "single": "single_transformer_blocks."}[stream]
                    for path, layer in pipe.transformer.named_modules():
                        if path.startswith(holder + (f"{block}." if block else "")) and hasattr(layer, "set_scale"):
                            layer.set_scale(adapter, use.strength * factor)
        try:
            return pipe(
                recipe.prompt,
                prompt_2=recipe.prompt_2,
                negative_prompt=recipe.negative_prompt,
                true_cfg_scale=recipe.true_cfg_scale,
                width=recipe.width,
                height=recipe.height,
                num_inference_steps=recipe.steps,
                guidance_scale=recipe.guidance,
                max_sequence_length=recipe.max_sequence_length,
                generator=torch.Generator("cpu").manual_seed(recipe.seed),
            ).images[0]
        finally:
            pipe.unload_lora_weights()
            pipe.scheduler = FlowMatchEulerDiscreteScheduler.from_config(config)

    return call
