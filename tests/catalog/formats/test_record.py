"""fluxlab's own images: the record goes in and comes back, and so does the label that says how they were made."""

import io
import struct
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fluxlab.catalog.adopt import read_record
from fluxlab.catalog.encoding import dump, load
from fluxlab.catalog.formats import embed_record, read_foreign, strip
from fluxlab.catalog.formats.png import chunks
from fluxlab.catalog.images import encode_png
from fluxlab.errors import CatalogError


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def texts(data):
    return [body[8:].split(b"\0")[0] for kind, body in chunks(data) if kind in {b"tEXt", b"zTXt", b"iTXt"}]


def test_a_record_comes_back_whole(keep):
    made = keep(prompt="un café, 猫\nline two", loras={"ink": -0.5}, seed=2**64 - 1, guidance=3.0)
    record = {name: value for name, value in made.record().items() if name not in {"path", "file_hash", "file_bytes"}}
    found = read_foreign(made.path)
    inside = load(found.raw["fluxlab"])
    assert {name: inside[name] for name in ("uid", "recipe", "pixel_hash", "effective", "files")} == {
        name: record[name] for name in ("uid", "recipe", "pixel_hash", "effective", "files")
    }
    assert (found.tool, found.notes) == ("fluxlab", ())
    recipe = made.recipe.values() | {"loras": {"ink": -0.5}}
    assert found.parameters == {name: value for name, value in recipe.items() if value is not None}


def test_an_image_of_ours_has_record_text_and_label_in_this_order(keep):
    data = keep().path.read_bytes()
    assert texts(data) == [b"fluxlab", b"parameters", b"XML:com.adobe.xmp"]
    with Image.open(io.BytesIO(data)) as image:
        tree = ET.fromstring(image.info["XML:com.adobe.xmp"])  # noqa: S314  (our own text)
    (description,) = tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    label = description.attrib["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"]
    assert label == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert description.attrib["{http://ns.adobe.com/xap/1.0/}CreatorTool"].startswith("fluxlab ")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    prompt=st.text(st.characters(exclude_categories=["Cs"])), effective=st.dictionaries(st.text(), VALUES, max_size=4)
)
def test_any_record_comes_back_through_an_image(make, golden, prompt, effective):
    record = {**make.RECORD, "recipe": {**make.RECORD["recipe"], "prompt": prompt}, "effective": effective}
    text = dump(record)
    for data in (embed_record(golden["forge.png"], text), encode_png(make.picture(), {"fluxlab": text})):
        found = read_foreign(data)
        assert found.raw["fluxlab"] == text
        assert dump(load(found.raw["fluxlab"])) == text
        assert (found.tool, found.parameters["prompt"]) == ("fluxlab", prompt)


def test_an_unreadable_record_does_not_hide_the_other_text(golden, make):
    damaged = embed_record(golden["forge.png"], '{"format": 99}')
    found = read_foreign(damaged)
    assert (found.tool, found.parameters["steps"]) == ("forge", 20)
    assert found.notes[0].startswith("this record has format 99, newer than")


def test_a_record_is_put_into_any_png_and_nothing_else_changes(golden, make, tmp_path):
    text = dump({**make.RECORD, "pixel_hash": "0" * 64})
    for name in ("forge.png", "comfyui.png", "empty.png"):
        data = golden[name]
        got = embed_record(data, text)
        path = tmp_path / name
        path.write_bytes(got)
        # As text, for a NaN equals nothing.
        assert dump(read_record(path)) == text
        # Only one chunk came in, behind the header.
        kept = [whole for kind, whole in chunks(got) if not whole[8:].startswith(b"fluxlab\0")]
        assert kept == [whole for _, whole in chunks(data)]
        assert pixels(got) == pixels(data)
        assert texts(got) == [b"fluxlab", *texts(data)]


def test_a_record_in_place_is_not_overwritten_unasked(golden):
    with pytest.raises(CatalogError, match=r"carries a fluxlab record already: give replace=True"):
        embed_record(golden["fluxlab.png"], "{}")
    again = embed_record(golden["fluxlab.png"], '{"a":1}', replace=True)
    assert texts(again) == [b"fluxlab", b"parameters", b"XML:com.adobe.xmp"]
    assert read_foreign(again).raw["fluxlab"] == '{"a":1}'


def test_what_follows_the_end_is_kept(golden):
    assert embed_record(golden["empty.png"] + b"tail", "{}").endswith(b"IEND\xaeB`\x82tail")


@pytest.mark.parametrize("record", ["", "[1]", "{", '"text"', "nul\0", '{"a": "\ud800"}'])
def test_what_is_no_record_is_refused(golden, record):
    with pytest.raises(CatalogError, match=r"record.*\.$"):
        embed_record(golden["empty.png"], record)


def test_what_is_no_whole_png_is_refused(golden):
    data = golden["empty.png"]
    for bad, reason in (
        (golden["forge.jpg"], "not a PNG"),
        (b"", "not a PNG"),
        (data[:-5], "was cut"),
        (data[:40], "was cut"),
        (data[:8] + data[33:], "does not begin with its header"),
        (data[:8] + struct.pack(">I", 2**31) + data[12:], "was cut"),
    ):
        with pytest.raises(CatalogError, match=reason):
            embed_record(bad, "{}")
        if reason != "not a PNG":
            with pytest.raises(CatalogError, match=reason):
                strip(bad)
