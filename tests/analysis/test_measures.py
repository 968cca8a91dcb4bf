import numpy as np
import pytest
from PIL import Image, ImageFilter

from fluxlab.analysis import (
    MEASURES,
    colourfulness,
    contrast,
    distance,
    distance_between,
    lightness,
    measure,
    measures,
    sharpness,
)
from fluxlab.errors import GridError


def image(array):
    return Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))


def scene(shift=0, colour=(200, 80, 60)):
    """A disc on a blue ground."""
    y, x = np.mgrid[:128, :128]
    out = np.tile(np.array([60.0, 90, 160]), (128, 128, 1))
    out[(x - 64 - shift) ** 2 + (y - 64) ** 2 < 30**2] = colour
    return out


def test_blur_is_less_sharp_and_a_flat_image_has_no_sharpness():
    crisp = image(scene())
    assert sharpness(crisp) > 3 * sharpness(crisp.filter(ImageFilter.GaussianBlur(2))) > 0
    assert sharpness(Image.new("RGB", (16, 16), "red")) == 0
    assert sharpness(Image.new("RGB", (2, 2))) == 0


def test_grey_has_no_colour_and_a_rainbow_has_much():
    rng = np.random.default_rng(0)
    assert colourfulness(image(np.repeat(rng.integers(0, 255, (32, 32, 1)), 3, axis=2))) == 0
    assert colourfulness(image(rng.integers(0, 255, (32, 32, 3)))) > 80


def test_lightness_and_contrast_have_the_ends_of_their_scales():
    assert lightness(Image.new("RGB", (8, 8), "black")) == pytest.approx(0, abs=1e-4)
    assert lightness(Image.new("RGB", (8, 8), "white")) == pytest.approx(100, abs=1e-3)
    half = np.zeros((8, 8, 3))
    half[:4] = 255
    assert contrast(image(half)) == pytest.approx(50, abs=0.01)


def test_distance_is_zero_for_equal_pixels_alone_and_100_from_black_to_white():
    one = image(scene())
    assert distance(one, one.copy()) == 0
    near = scene()
    near[0, 0, 0] += 1
    assert 0 < distance(one, image(near)) < 0.1
    black, white = (Image.new("RGB", (64, 64), c) for c in ("black", "white"))
    assert distance(black, white) == distance(white, black) == pytest.approx(100, abs=0.01)


def test_distance_agrees_with_a_known_colour_difference():
    # CIELAB (D65): pure red is (53.24, 80.09, 67.20), pure green (87.73, -86.18, 83.18).
    red, green = (Image.new("RGB", (16, 16), c) for c in ("#ff0000", "#00ff00"))
    expected = np.sqrt((87.73 - 53.24) ** 2 + (86.18 + 80.09) ** 2 + (83.18 - 67.20) ** 2)
    assert distance(red, green) == pytest.approx(expected, abs=0.1)


def test_distance_weighs_a_cast_more_than_noise_of_the_same_rmse():
    one = scene()
    noisy = one + np.random.default_rng(0).normal(0, 12, one.shape)
    tinted = one + 12 * np.array([1, -1, 1])
    assert distance(image(one), image(tinted)) > 1.5 * distance(image(one), image(noisy))


def test_distance_forgives_a_small_shift_more_than_another_colour():
    one = image(scene())
    assert distance(one, image(scene(shift=1))) < distance(one, image(scene(shift=8)))
    assert distance(one, image(scene(shift=1))) < 0.5 * distance(one, image(scene(colour=(90, 200, 60))))


def test_distance_of_different_sizes_is_refused_in_words():
    with pytest.raises(GridError, match="32 x 32 and 16 x 16 pixels is not defined"):
        distance(Image.new("RGB", (32, 32)), Image.new("RGB", (16, 16)))


class Made:
    """The part of a generation that measures look at."""

    def __init__(self, pixels, picture):
        self.pixel_hash, self.picture, self.reads = pixels, picture, 0

    @property
    def image(self):
        self.reads += 1
        return self.picture


def test_a_measure_is_computed_once_for_the_same_pixels():
    one, twin = Made("a1", image(scene())), Made("a1", image(scene()))
    assert measure(one, "contrast") == measure(twin, "contrast") == contrast(one.picture)
    assert (one.reads, twin.reads) == (1, 0)


def test_a_distance_is_computed_once_in_both_directions_and_not_for_twins():
    one, other, twin = Made("b1", image(scene())), Made("b2", image(scene(shift=9))), Made("b1", None)
    there = distance_between(one, other)
    assert there == distance_between(other, one) > 0
    assert (one.reads, other.reads) == (1, 1)
    assert distance_between(one, twin) == 0


def test_without_a_hash_nothing_is_remembered():
    one = Made(None, image(scene()))
    assert measure(one, "lightness") == measure(one, "lightness")
    assert one.reads == 2


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(measures, "REMEMBERED", 3)
    for i in range(5):
        measure(Made(f"c{i}", Image.new("RGB", (8, 8))), "contrast")
    assert len(measures._memory) == 3


def test_an_unknown_measure_has_a_hint():
    with pytest.raises(GridError, match="Did you mean 'sharpness'"):
        measure(Made("d", None), "sharpnes")


def test_every_measure_takes_every_mode():
    for name, kind in MEASURES.items():
        for mode in ("RGB", "L", "RGBA", "P"):
            assert np.isfinite(kind.function(Image.new(mode, (16, 16)))), (name, mode)
