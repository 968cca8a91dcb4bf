"""Trajectories: the way of the very image that lab.generate makes, and how straight it is."""

import numpy as np
import pytest
from PIL import Image

from fluxlab.errors import GridError
from fluxlab.trajectory import Trajectory

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 3, "width": 64, "height": 96}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"negative_prompt": "", "true_cfg_scale": 2},
        {"scheduler": "unipc", "steps": 4},
        {"step_cache": "taylorseer:2,warmup=1", "loras": {"ink": 0.5}},
        {"guidance_schedule": "1, 2, 3"},
    ],
    ids=str,
)
def test_the_image_is_the_one_that_generate_makes(lab, changes):
    way = lab.trajectory(PROMPT, **{**BASE, **changes})
    assert way.pixel_hash == lab.generate(PROMPT, **{**BASE, **changes}).pixel_hash


def test_every_step_is_there(lab):
    way = lab.trajectory(PROMPT, **BASE)
    assert way.latents.shape == (4, 4 * 6, 64)
    assert way.velocities.shape == (3, 4 * 6, 64)
    assert way.sigmas[0] == 1
    assert way.sigmas[-1] == 0
    assert [image.size for image in way.previews] == [(64, 96)] * 3
    # Euler's rule joins them, and the last estimate is the image.
    stepped = way.latents[:-1] + np.diff(way.sigmas)[:, None, None].astype(np.float32) * way.velocities
    np.testing.assert_allclose(stepped, way.latents[1:], atol=1e-5)
    np.testing.assert_allclose(np.asarray(way.previews[-1], int), np.asarray(way.image, int), atol=1)
    assert lab.catalog.df().empty


def test_the_table_has_a_row_for_each_step(lab):
    table = lab.trajectory(PROMPT, **BASE).df()
    assert list(table.index) == [1, 2, 3]
    assert table["to_image"].is_monotonic_decreasing
    assert table["cosine"].between(-1, 1).all()
    np.testing.assert_allclose(table["length"], table["velocity"] * (table["sigma"] - table["sigma_next"]), rtol=1e-4)


def way_of(velocities):
    """A way that Euler's rule makes of these velocities, in equal steps from a fixed noise."""
    velocities = np.asarray(velocities, np.float32)[:, None, :]
    steps = len(velocities)
    latents = np.concatenate([np.ones((1, 1, 2)), 1 - np.cumsum(velocities, axis=0) / steps]).astype(np.float32)
    picture = Image.new("RGB", (16, 16))
    sigmas = np.linspace(1, 0, steps + 1)
    return Trajectory(None, picture, (picture,) * steps, latents, velocities, sigmas, {})


def test_a_straight_way_at_constant_speed_has_straightness_1():
    way = way_of([[2, 1], [2, 1], [2, 1]])
    assert way.straightness == pytest.approx(1)
    np.testing.assert_allclose(way.df()["bend"], 0, atol=1e-12)
    np.testing.assert_allclose(way.df()["cosine"], 1)


def test_a_corner_and_a_change_of_speed_are_less_straight():
    # The chord is (1, 1) and each velocity is off it by (1, -1) or (-1, 1): as long as the chord itself.
    assert way_of([[2, 0], [0, 2]]).straightness == pytest.approx(0)
    # Off by (0.5, 0.5): half as long.
    assert way_of([[1.5, 1.5], [0.5, 0.5]]).straightness == pytest.approx(0.75)


def test_it_shows_itself_and_can_be_saved(lab, tmp_path):
    way = lab.trajectory(PROMPT, **BASE)
    html = way._repr_html_()
    assert html.count("<img") == 4
    assert "straightness" in html
    path = way.contact_sheet(tmp_path / "way.png")
    assert Image.open(path).width > 4 * 64
    with pytest.raises(GridError, match=r"must end in \.png"):
        way.contact_sheet(tmp_path / "way.gif")


def test_a_stopped_one_raises_and_leaves_the_pipeline_clean(lab, monkeypatch):
    from fluxlab.models import load

    before = lab.generate(PROMPT, **BASE)
    norm = load("nano").pipe.transformer.norm_out

    def stop(*_):
        raise KeyboardInterrupt

    handle = norm.register_forward_pre_hook(stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            lab.trajectory(PROMPT, **BASE)
    finally:
        handle.remove()
    assert before.replay().same
