"""The distance of a lossy image to the exact one: the numbers mean what they say."""

import math

import numpy as np
import pytest
from PIL import Image

from fluxlab.analysis import mean_difference, psnr
from fluxlab.errors import GridError


def flat(value, size=(8, 4)):
    return Image.new("RGB", size, (value, value, value))


def test_equal_images_differ_by_nothing():
    assert mean_difference(flat(9), flat(9)) == 0
    assert psnr(flat(9), flat(9)) == math.inf


def test_a_step_of_one_code_is_48_decibels():
    assert mean_difference(flat(9), flat(10)) == 1
    assert psnr(flat(9), flat(10)) == pytest.approx(20 * math.log10(255))


def test_black_and_white_are_as_far_as_can_be():
    assert mean_difference(flat(0), flat(255)) == 255
    assert psnr(flat(0), flat(255)) == 0


def test_few_large_errors_weigh_more_in_psnr_than_in_the_mean():
    spike = np.zeros((10, 10, 3), np.uint8)
    spike[0, 0] = 200
    one = Image.fromarray(spike)
    assert mean_difference(one, flat(0, (10, 10))) == 2
    assert psnr(one, flat(0, (10, 10))) < psnr(flat(2, (10, 10)), flat(0, (10, 10)))


def test_images_of_two_sizes_are_refused():
    with pytest.raises(GridError, match="8 x 4 pixels cannot be compared with an exact one of 4 x 8"):
        psnr(flat(0), flat(0, (4, 8)))
