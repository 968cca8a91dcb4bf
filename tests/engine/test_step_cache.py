"""Step caches: the bits of diffusers' own, counted as they were, and no trace of them in any later image."""

import pytest
from PIL import Image

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.denoise import denoise
from fluxlab.engine.runner import prompt_cache
from fluxlab.models import complete, load

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 5, "width": 64, "height": 64}
#: Settings with which each cache skips something within five steps.
CACHES = {
    "first_block": "first_block:0.5",
    "taylorseer": "taylorseer:2,warmup=1",
    "magcache": "magcache:0.5",
    "pab": "pab:low=0,high=1000",
}


def run(cache, on_step=lambda _: None, token=None, **changes):
    loaded = load("nano")
    recipe = complete({"prompt": PROMPT, **BASE, "step_cache": cache, **changes})
    return denoise(loaded, prompt_cache(loaded), recipe, {}, token=token or CancelToken(), on_step=on_step)


@pytest.fixture(scope="module")
def undisturbed():
    """Latents of each cache, and without one, before anything went wrong."""
    return {cache: run(cache).latents for cache in (None, *CACHES.values())}


def check_next_images(undisturbed, cache):
    for following in (cache, None, *(other for other in CACHES.values() if other != cache)):
        assert run(following).latents.equal(undisturbed[following]), following


def test_every_cache_skips_something_and_makes_another_image(undisturbed):
    assert len({latents.numpy().tobytes() for latents in undisturbed.values()}) == len(undisturbed)


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_after_any_step_leaves_the_next_image_as_it_is(undisturbed, cache, error):
    for step in range(1, BASE["steps"] + 1):

        def fail(done, step=step):
            if done == step:
                raise error

        with pytest.raises(Cancelled if error is KeyboardInterrupt else error):
            run(cache, fail)
        assert run(cache).latents.equal(undisturbed[cache])
        assert run(None).latents.equal(undisturbed[None])
    check_next_images(undisturbed, cache)


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_an_exception_inside_a_block_leaves_the_next_image_as_it_is(undisturbed, cache):
    norm = load("nano").pipe.transformer.single_transformer_blocks[1].attn.norm_q
    for failing in (1, 2):
        calls = 0

        def fail(*_, failing=failing):
            nonlocal calls
            calls += 1
            if calls == failing:
                raise MemoryError("no room")

        handle = norm.register_forward_pre_hook(fail)
        try:
            with pytest.raises(MemoryError):
                run(cache)
        finally:
            handle.remove()
        check_next_images(undisturbed, cache)


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_a_cancelled_image_leaves_the_next_as_it_is(undisturbed, cache):
    token = CancelToken()
    with pytest.raises(Cancelled):
        run(cache, lambda done: token.cancel() if done == 3 else None, token)
    check_next_images(undisturbed, cache)


def test_an_interrupt_while_a_cache_is_put_on_leaves_no_hooks(undisturbed, monkeypatch):
    import diffusers.hooks.first_block_cache as module

    def cut(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_apply_fbc_block_hook", cut)
        with pytest.raises(Cancelled):
            run(CACHES["first_block"])
    check_next_images(undisturbed, CACHES["first_block"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_while_magcache_is_calibrated_leaves_everything_as_it_is(undisturbed, error, monkeypatch):
    from fluxlab.engine import mag_ratios

    monkeypatch.setattr(mag_ratios, "_KEPT", type(mag_ratios._KEPT)())
    norm = load("nano").pipe.transformer.single_transformer_blocks[1].attn.norm_q
    calls = 0

    def fail(*_):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise error

    handle = norm.register_forward_pre_hook(fail)
    try:
        with pytest.raises(Cancelled if error is KeyboardInterrupt else error):
            run(CACHES["magcache"])
    finally:
        handle.remove()
    check_next_images(undisturbed, CACHES["magcache"])


def test_the_pixels_are_those_of_a_lone_pipeline_with_the_same_cache(lab, lone_pipeline):
    import diffusers
    import torch

    def lone(config, recipe):
        pipe = lone_pipeline
        pipe.transformer.enable_cache(config)
        try:
            generator = torch.Generator("cpu").manual_seed(recipe.seed)
            return pipe(
                recipe.prompt, width=recipe.width, height=recipe.height, num_inference_steps=recipe.steps,
                guidance_scale=recipe.guidance, max_sequence_length=recipe.max_sequence_length, generator=generator,
            ).images[0]  # fmt: skip
        finally:
            pipe.transformer.disable_cache()

    made = {name: lab.generate(PROMPT, **BASE, step_cache=cache) for name, cache in CACHES.items()}
    configs = {
        "first_block": diffusers.FirstBlockCacheConfig(threshold=0.5),
        "taylorseer": diffusers.TaylorSeerCacheConfig(
            cache_interval=2, disable_cache_before_step=1, max_order=1, taylor_factors_dtype=torch.float32
        ),
        "magcache": diffusers.MagCacheConfig(
            threshold=0.5, num_inference_steps=5, mag_ratios=made["magcache"].effective["step_cache"]["ratios"]
        ),
        "pab": diffusers.PyramidAttentionBroadcastConfig(
            spatial_attention_block_skip_range=2,
            spatial_attention_timestep_skip_range=(0, 1000),
            current_timestep_callback=lambda: lone_pipeline.current_timestep,
        ),
    }
    for name, config in configs.items():
        assert pixel_hash(lone(config, made[name].recipe)) == made[name].pixel_hash, name


def test_what_was_skipped_is_counted():
    told = run(CACHES["taylorseer"]).effective
    # Six attention layers; computed at step 1 and then wherever (step - 1 - 1) is even, counted from 0.
    assert told["step_cache"] == {
        "setting": "taylorseer:interval=2,order=1,warmup=1",
        "unit": "attention layers",
        "computed": 6 * 3,
        "of": 6 * 5,
        "shortened_steps": [2, 4],
    }
    assert told["computed_share"] == 0.6
    assert told["transformer_calls"] == 5


def test_both_passes_of_true_guidance_are_counted():
    told = run(CACHES["taylorseer"], negative_prompt="", true_cfg_scale=2).effective
    assert (told["step_cache"]["computed"], told["step_cache"]["of"]) == (36, 60)


def test_a_cache_without_effect_says_so_and_is_a_dead_axis(lab):
    grid = lab.run(Sweep(PROMPT, **BASE, step_cache=[None, "first_block:0.000001"]), progress=False)
    told = grid.cells[1].generation.effective
    assert told["computed_share"] == 1.0
    assert told["step_cache"]["shortened_steps"] == []
    (dead,) = grid.dead
    assert str(dead).startswith("step_cache is a dead axis")


def test_magcache_is_calibrated_once_for_steps_and_size_and_whatever_came_before():
    first = run(CACHES["magcache"]).effective["step_cache"]["ratios"]
    assert len(first) == BASE["steps"]
    assert first[0] == 1.0
    run(CACHES["taylorseer"])
    assert run(CACHES["magcache"], guidance=1, seed=3).effective["step_cache"]["ratios"] == first
    assert run(CACHES["magcache"], steps=4).effective["step_cache"]["ratios"] != first[:4]


def test_loras_act_beside_a_cache(lab):
    ink = lab.generate(PROMPT, **BASE, step_cache=CACHES["magcache"], loras={"ink": 1.0})
    assert ink.effective["loras"]["ink"]["scalings"] == [1.0]
    assert ink.pixel_hash != lab.generate(PROMPT, **BASE, step_cache=CACHES["magcache"]).pixel_hash


@pytest.mark.parametrize("cache", ["taylorseer", "magcache"])
def test_the_script_makes_the_same_pixels(lab, run_script, cache):
    made = lab.generate(PROMPT, **BASE, step_cache=CACHES[cache])
    assert pixel_hash(Image.open(run_script(made.code()))) == made.pixel_hash


def test_a_cached_image_is_made_again_to_the_bit(lab):
    made = lab.generate(PROMPT, **BASE, step_cache=CACHES["pab"])
    again = made.replay()
    assert again.same
    assert again.differences == ()
