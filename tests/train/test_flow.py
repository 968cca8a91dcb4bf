"""Rectified flow: the pool of scenes, and training that stops and goes on."""

import pytest
import torch

from fluxlab.train import flow
from fluxlab.train.checkpoint import Checkpoint, unpack
from fluxlab.train.styles import STYLES


@pytest.fixture
def pool(autoencoder, encoders):
    made = flow.Pool(autoencoder, encoders, shift=0.1, scale=0.9, capacity=8)
    made.add(8)
    return made


@pytest.fixture
def train(pool, tmp_path):
    """Train with batches of two; a pool that has seen many scenes is not filled first."""

    def run(stage, steps, **options):
        pool.count = max(pool.count, 4096)
        return flow.train(tmp_path, stage, pool, steps, size=2, fresh=1, **options)

    return run


def progress(folder, stage="base"):
    return Checkpoint(folder, stage).load()[1]


def test_batches_have_the_shapes_of_the_transformer(pool):
    latents, t5, clip = pool.batch(3)
    assert latents.shape == (3, 64, 64)
    assert t5.shape == (3, 32, 192)
    assert clip.shape == (3, 128)
    assert {part.dtype for part in (latents, t5, clip)} == {torch.float32}
    assert all(part.isfinite().all() for part in (latents, t5, clip))


def test_latents_are_normalised(autoencoder, encoders):
    plain, other = (
        flow.Pool(autoencoder, encoders, shift=shift, scale=scale, capacity=2, seed=3)
        for shift, scale in ((0.0, 1.0), (0.25, 2.0))
    )
    for made in (plain, other):
        made.add(2)
    expected = (plain._store["latents"].float() - 0.25) * 2
    assert torch.allclose(other._store["latents"].float(), expected, atol=2e-2)


def test_a_full_pool_makes_room_for_new_scenes(pool):
    before = pool._store["t5"].clone()
    pool.add(3)
    changed = [not torch.equal(a, b) for a, b in zip(before, pool._store["t5"], strict=True)]
    assert pool.count == 11
    assert not any(changed[3:])
    assert any(changed[:3])
    assert pool.batch(20)[0].shape == (20, 64, 64)


def test_a_pool_is_the_same_for_a_seed(autoencoder, encoders):
    stores = []
    for seed in (1, 1, 2):
        made = flow.Pool(autoencoder, encoders, shift=0.0, scale=1.0, capacity=4, seed=seed)
        made.add(4)
        stores.append(made._store["t5"])
    assert torch.equal(stores[0], stores[1])
    assert not torch.equal(stores[0], stores[2])


def test_a_style_changes_pictures_and_not_captions(autoencoder, encoders, pool):
    styled = flow.Pool(autoencoder, encoders, shift=0.1, scale=0.9, capacity=8, style=STYLES["ink"])
    styled.add(8)
    assert torch.equal(styled._store["t5"], pool._store["t5"])
    assert not torch.equal(styled._store["latents"], pool._store["latents"])


@pytest.mark.parametrize("name", sorted(STYLES))
def test_styles_keep_shape_and_range(name):
    images = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    out = STYLES[name](images)
    assert out.shape == images.shape
    assert out.min() >= 0
    assert out.max() <= 1
    assert not torch.equal(out, images)


def test_noise_levels_lie_between_picture_and_noise():
    sigma = flow.draw_sigma(1000)
    assert sigma.min() > 0
    assert sigma.max() < 1


def test_packing_is_what_the_pipeline_does():
    latents = torch.arange(2 * 16 * 16 * 16, dtype=torch.float32).reshape(2, 16, 16, 16)
    packed = flow.pack_latents(latents)
    assert packed.shape == (2, 64, 64)
    assert torch.equal(packed[0, 0].reshape(16, 2, 2), latents[0, :, :2, :2])
    assert torch.equal(packed[1, 9].reshape(16, 2, 2), latents[1, :, 2:4, 2:4])
    assert flow.image_ids().shape == (64, 3)


def test_every_weight_has_one_optimizer():
    model = flow.build()
    every = [
        p for optimizer in flow.optimizers(model, 1e-3) for group in optimizer.param_groups for p in group["params"]
    ]
    assert len(every) == len({id(p) for p in every}) == len(list(model.parameters()))


def test_training_goes_on_where_it_stopped(train, pool, tmp_path):
    train("base", 2)
    assert pool.count == 4096 + 2
    assert progress(tmp_path)["step"] == 2
    before = Checkpoint(tmp_path, "base").load()[0]
    model = train("base", 3)
    assert pool.count == 4096 + 3  # one step more, not three
    assert progress(tmp_path)["step"] == 3
    after = Checkpoint(tmp_path, "base").load()[0]
    assert set(after) == set(before)
    assert any(not torch.equal(after[key], before[key]) for key in after)
    average = unpack("average", after)
    assert all(torch.equal(value, average[key]) for key, value in model.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_stage_that_is_done_or_out_of_time_only_loads(train, pool, tmp_path):
    train("base", 1)
    count, seconds = pool.count, progress(tmp_path)["seconds"]
    model = train("base", 1)
    train("base", 5, seconds=0)
    assert pool.count == count
    assert progress(tmp_path)["step"] == 1
    assert progress(tmp_path)["seconds"] >= seconds
    assert all(torch.equal(v, model.state_dict()[k]) for k, v in train("base", 1).state_dict().items())


def test_guidance_is_distilled_from_a_teacher(train, tmp_path):
    teacher = flow.build().eval().requires_grad_(False)
    before = {key: value.clone() for key, value in teacher.state_dict().items()}
    student = train("guidance", 1, teacher=teacher, start=teacher.state_dict(), rate=1e-2)
    assert progress(tmp_path, "guidance")["step"] == 1
    assert all(torch.equal(value, before[key]) for key, value in teacher.state_dict().items())
    changed = {key for key, value in student.state_dict().items() if not torch.equal(value, before[key])}
    assert any("guidance_embedder" in key for key in changed)
    distance = max((value - before[key]).abs().max() for key, value in student.state_dict().items())
    assert distance < 0.1  # it began as the teacher
