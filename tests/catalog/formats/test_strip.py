"""A stripped image says nothing about itself and looks the same."""

import io
import struct

import pytest
from PIL import Image, ImageCms

from fluxlab.catalog.formats import read_foreign, strip
from fluxlab.catalog.formats.png import chunk, chunks
from fluxlab.errors import CatalogError


def opened(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.copy()


def saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_every_golden_file_is_silent_afterwards_and_looks_the_same(golden):
    for name, data in golden.items():
        stripped = strip(data)
        assert read_foreign(stripped) is None, name
        before, after = opened(data), opened(stripped)
        assert (after.mode, after.size, after.tobytes()) == (before.mode, before.size, before.tobytes()), name
        assert not after.getexif(), name
        assert strip(stripped) == stripped, name


def test_credentials_dates_and_unknown_chunks_go_from_a_png(golden):
    data = golden["fluxlab.png"]
    extra = [chunk(kind, b"secret") for kind in (b"caBX", b"tIME", b"eXIf", b"prVt", b"sPLT", b"zTXt")]
    parts = [whole for _, whole in chunks(data)]
    loaded = data[:8] + b"".join([parts[0], *extra, *parts[1:-1], *extra, parts[-1]]) + b"secret after the end"
    stripped = strip(loaded)
    assert b"secret" not in stripped
    assert {kind for kind, _ in chunks(stripped)} == {b"IHDR", b"IDAT", b"IEND"}
    with pytest.raises(CatalogError, match=r"needs a chunk b'ABCD' that fluxlab does not know"):
        strip(data[:8] + b"".join([parts[0], chunk(b"ABCD", b""), *parts[1:]]))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_colours_and_direction_stay(make, kind):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret"
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(make.picture(), kind, icc_profile=profile, exif=exif, **options)
    stripped = strip(data)
    assert b"secret" in data
    assert b"secret" not in stripped
    after = opened(stripped)
    assert after.info["icc_profile"] == profile
    assert dict(after.getexif()) == {0x0112: 6}
    assert after.tobytes() == opened(data).tobytes()


def test_comments_thumbnails_and_foreign_segments_go_from_a_jpeg(make):
    plain = saved(make.picture().convert("CMYK"), "JPEG", comment=b"secret", progressive=True)
    segment = lambda kind, body: struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body  # noqa: E731
    extra = segment(0xEB, b"JP secret") + segment(0xE0, b"JFXX\0secret") + segment(0xE2, b"FPXR\0secret")
    jfif = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\2\1" + b"secret")
    data = plain[:2] + jfif + extra + plain[2:] + b"secret behind"
    stripped = strip(data)
    assert b"secret" not in stripped
    # Adobe's segment says how the four colours are stored.
    assert opened(stripped).tobytes() == opened(data).tobytes()
    assert b"Adobe" in stripped


def test_an_animation_goes_on_moving(make):
    frames = [make.picture(), make.picture().rotate(90), make.picture().rotate(180)]
    for kind in ("WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {"default_image": False}
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, xmp=b"secret", **options)
        with Image.open(io.BytesIO(strip(data))) as image:
            assert image.n_frames == 3
            image.seek(1)
            assert image.convert("RGB").tobytes() == frames[1].tobytes()
        assert b"secret" not in strip(data)


def test_what_cannot_be_stripped_is_a_sentence(golden):
    for bad in (
        b"",
        b"GIF89a",
        b"\xff\xd8",
        golden["forge.jpg"][:-2],
        golden["forge.jpg"][:300],
        golden["forge.webp"][:-9],
    ):
        with pytest.raises(CatalogError, match=r"(no PNG, JPEG or WebP|cut or damaged).*\.$"):
            strip(bad)
