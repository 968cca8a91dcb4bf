"""The script's lines for levers: true to the record, and never more than numbers and known names."""

import pytest

from fluxlab.catalog.code import script
from fluxlab.errors import CatalogError


@pytest.mark.parametrize(
    ("recipe", "effective", "line"),
    [
        (
            {"step_cache": "first_block:0.12"},
            {},
            "pipe.transformer.enable_cache(FirstBlockCacheConfig(threshold=0.12))",
        ),
        (
            {"step_cache": "taylorseer:4"},
            {},
            (
                "pipe.transformer.enable_cache(TaylorSeerCacheConfig(cache_interval=4, disable_cache_before_step=3, "
                "max_order=1, taylor_factors_dtype=torch.float32))"
            ),
        ),
        (
            {"step_cache": "magcache"},
            {"step_cache": {"ratios": [1.0, 0.9, 0.8, 0.7]}},
            (
                "pipe.transformer.enable_cache(MagCacheConfig(threshold=0.06, max_skip_steps=3, retention_ratio=0.2, "
                "num_inference_steps=4, mag_ratios=[1.0, 0.9, 0.8, 0.7]))"
            ),
        ),
        (
            {"step_cache": "pab"},
            {},
            (
                "pipe.transformer.enable_cache(PyramidAttentionBroadcastConfig(spatial_attention_block_skip_range=2, "
                "spatial_attention_timestep_skip_range=(100, 800), "
                "current_timestep_callback=lambda: pipe.current_timestep))"
            ),
        ),
        ({"attention": "_native_math"}, {}, "pipe.transformer.set_attention_backend('_native_math')"),
        ({"compile": True}, {}, "pipe.transformer.compile_repeated_blocks(fullgraph=True, dynamic=False)"),
        ({"guidance_schedule": "1, 2, 3, 4"}, {"guidance_schedule": [1, 2.5, 3, 4]}, "guidance = [1.0, 2.5, 3.0, 4.0]"),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_lever_is_in_the_script(keep, recipe, effective, line):
    source = keep(effective=effective, **recipe).code()
    compile(source, "script", "exec")
    assert line in source.splitlines()


def test_an_exact_script_has_no_lever(keep):
    source = keep(attention="native").code()
    assert not {"enable_cache", "set_attention_backend", "compile_repeated", "steer"} & set(source.split("("))


@pytest.mark.parametrize(
    ("recipe", "effective", "says"),
    [
        ({"step_cache": "magcache"}, {}, "does not say the ratios of MagCache"),
        ({"step_cache": "magcache"}, {"step_cache": {"ratios": ["__import__('os')"]}}, "ratios of MagCache"),
        ({"step_cache": "magcache"}, {"step_cache": "ratios"}, "ratios of MagCache"),
        ({"guidance_schedule": "1, 2, 3, 4"}, {"guidance_schedule": None}, "guidance of each step"),
        ({"guidance_schedule": "1, 2, 3, 4"}, {"guidance_schedule": [float("inf")]}, "guidance of each step"),
    ],
)
def test_a_record_that_says_too_little_or_holds_code_is_refused(keep, recipe, effective, says):
    record = {**keep(**recipe).record(), "effective": effective}
    with pytest.raises(CatalogError, match=says):
        script(record)


@pytest.mark.parametrize("recipe", [{"step_cache": "x')\nimport os"}, {"attention": "native')\nimport os"}])
def test_a_lever_that_is_no_lever_puts_no_code_into_the_script(keep, recipe):
    record = keep().record()
    with pytest.raises(CatalogError, match="is no"):
        script({**record, "recipe": {**record["recipe"], **recipe}})
