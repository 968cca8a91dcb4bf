"""Small parts of a nano in training."""

import itertools

import pytest


@pytest.fixture(scope="session")
def vocabularies(tmp_path_factory):
    """Tokenizers learned from a few hundred captions, in a folder."""
    from fluxlab.train import text

    folder = tmp_path_factory.mktemp("vocabularies")
    with pytest.MonkeyPatch.context() as patch:
        corpus = list(itertools.islice(text._corpus(), 600))
        patch.setattr(text, "_corpus", lambda: iter(corpus))
        text.train_tokenizers(folder)
    return folder


@pytest.fixture(scope="session")
def encoders(vocabularies):
    """Untrained text encoders."""
    import torch

    from fluxlab.train.text import TextEncoders

    torch.manual_seed(0)
    return TextEncoders(vocabularies).eval().requires_grad_(False)


@pytest.fixture(scope="session")
def autoencoder():
    """An untrained autoencoder."""
    import torch

    from fluxlab.train import vae

    torch.manual_seed(0)
    return vae.build().eval().requires_grad_(False)
