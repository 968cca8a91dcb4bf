"""Folding a difference into weights."""

import pytest
import torch

from fluxlab.models.low_rank import fold

BASE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.0, 2.0]), "b.weight": torch.eye(3)}
UP, DOWN = torch.tensor([[1.0], [2.0]]), torch.tensor([[10.0, 0.0, -10.0]])


def test_pairs_are_added_others_replaced_and_the_rest_kept():
    folded = fold(BASE, {"a.weight.up": UP.half(), "a.weight.down": DOWN.half(), "a.bias": torch.tensor([5.0, 6.0])})
    assert folded["a.weight"].tolist() == [[10.0, 1.0, -8.0], [23.0, 4.0, -15.0]]
    assert folded["a.bias"].tolist() == [5.0, 6.0]
    assert torch.equal(folded["b.weight"], BASE["b.weight"])
    assert BASE["a.weight"][0, 0] == 0, "what was given stays as it is"
    assert {tensor.dtype for tensor in folded.values()} == {torch.float32}


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({"c.weight": UP}, "'c.weight' is no tensor of the model"),
        ({"a.weight.up": UP}, "lacks its other half, 'a.weight.down'"),
        ({"a.weight.down": DOWN}, "lacks its other half, 'a.weight.up'"),
        ({"b.weight.up": UP, "b.weight.down": DOWN}, r"gives shape \(2, 3\), not \(3, 3\)"),
        ({"a.bias": torch.zeros(3)}, r"gives shape \(3,\), not \(2,\)"),
    ],
)
def test_a_difference_that_does_not_fit(difference, said):
    with pytest.raises(ValueError, match=said):
        fold(BASE, difference)
