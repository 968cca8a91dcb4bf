"""Images and thumbnails by their hash."""

import io

import pytest
from PIL import Image

from fluxlab.server.thumbnails import Thumbnails


async def test_an_image_is_its_file_and_may_be_kept_for_ever(keep, ask_catalog):
    made = keep(size=(48, 32))
    answer = await ask_catalog("images", made.file_hash)
    assert answer.body == made.file_bytes()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = await ask_catalog("images", made.file_hash, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_a_thumbnail_is_a_small_webp(keep, ask_catalog):
    made = keep(size=(512, 256), colour="navy")
    answer = await ask_catalog("thumbnails", made.file_hash, side=128)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.body), formats=["WEBP"]) as picture:
        assert picture.size == (128, 64)
    assert (await ask_catalog("thumbnails", made.file_hash, side=128)).body == answer.body
    other = await ask_catalog("thumbnails", made.file_hash, side=64, headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status == 200
    for side in ("63", "513", "big"):
        refused = await ask_catalog("thumbnails", made.file_hash, side=side)
        assert refused.status == 400
        assert refused.json["field"] == "side"


async def test_a_file_that_is_gone_or_changed_is_not_shown_as_the_one_that_was_saved(keep, ask_catalog):
    made, other = keep("a fox"), keep("an owl", colour="blue")
    data = made.file_bytes()
    made.path.write_bytes(data[:-1] + b"x")
    other.path.unlink()
    for kind in ("images", "thumbnails"):
        changed = await ask_catalog(kind, made.file_hash)
        assert changed.status == 404
        assert "is not the file that was saved" in changed.json["message"]
        assert "immutable" not in changed.headers["Cache-Control"]
        assert (await ask_catalog(kind, other.file_hash)).status == 404


@pytest.mark.parametrize("kind", ["images", "thumbnails"])
async def test_what_is_no_image_of_the_catalog_is_not_there_whatever_the_client_has(kind, keep, ask_catalog):
    keep()
    for name in ("abc%0d%0aX:1", "%E2%82%AC", "a%00b", "zzz", "A" * 64, "0" * 64, "0" * 64 + "%0a"):
        for tag in (f'"{name}"', f'"{name}-256"', "*"):
            answer = await ask_catalog(kind, name, headers={"If-None-Match": tag})
            assert answer.status == 404, (name, tag)
            assert answer.json["message"].startswith("image")
            assert "X" not in answer.headers


async def test_a_link_in_the_store_leads_nowhere(jp_root_dir, keep, ask_catalog):
    made = keep()
    elsewhere = jp_root_dir / "elsewhere.png"
    made.path.rename(elsewhere)
    made.path.symlink_to(elsewhere)
    assert (await ask_catalog("images", made.file_hash)).status == 404


def test_thumbnails_keep_to_their_limit_and_forget_the_oldest():
    kept = Thumbnails(most=100)
    for number in range(5):
        kept.put(f"{number}", 64, bytes(30))
        kept.get("0", 64)
    assert kept.size <= 100
    assert kept.get("0", 64) is not None
    assert kept.get("1", 64) is None
    kept.put("4", 64, bytes(200))
    assert kept.size == 0
