"""Whatever bytes a file holds: an answer within a second and 64 MB, and never an exception."""

import io
import json
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from fluxlab.catalog.formats import read_foreign
from fluxlab.catalog.formats.png import SIGNATURE, chunk, text_chunk

HEAD = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0))
END = chunk(b"IEND", b"")
PAIRS = "Steps: 1, Sampler: a, Seed: 2"
M = 2**20


def png(*parts):
    return b"".join([HEAD, *parts, END])


def itxt(key, text):
    return png(text_chunk(key, text))


def invoke(text):
    return itxt("invokeai_metadata", text)


def infotext(text):
    return itxt("parameters", text)


def graph(nodes):
    return itxt("prompt", json.dumps(nodes))


def zipped(packed):
    return chunk(b"zTXt", b"parameters\0\0" + packed)


def exif(*entries):
    block = struct.pack(">IH", 8, len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"MM\0*" + block


def segment(kind, body):
    return struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body


def lora_chain(count):
    """LoRAs that hang on each other, before one sampler."""
    last = {"class_type": "KSampler", "inputs": {"model": ["0", 0], "positive": ["0", 0]}}
    nodes = {"last": last}
    for number in range(count):
        inputs = {"model": [str(number + 1), 0], "lora_name": "a", "strength": 1}
        nodes[str(number)] = {"class_type": "LoraLoader", "inputs": inputs}
    return graph(nodes)


def savers(count):
    """Saved images that are made of saved images."""
    inputs = lambda number: {"images": [str(number + 1), 0], "samples": ["0", 0]}  # noqa: E731
    return graph({str(number): {"class_type": "SaveImage", "inputs": inputs(number)} for number in range(count)})


def samplers(count):
    return graph({str(number): {"class_type": "KSampler", "inputs": {}} for number in range(count)})


ITSELF = (0x8769, 4, 1, 8)
LISTS = "[" + "[]," * 49_000 + "0]"
MAPPINGS = "[" + '{"":0},' * 49_000 + "0]"
#: A character of four bytes, which makes all others of its text as wide.
WIDE = "\N{GRINNING FACE}"
#: Compressed again and again, so that small files unpack to far more than may be kept.
BOMB = zlib.compress(bytes(64 * M))
WIDE_BOMB = zlib.compress(WIDE.encode() * 16 * M)
FAILING = zlib.compress(bytes(4 * M))[:-3] + b"xxx"

HOSTILE = {
    "a header of four exabytes of pixels": png,
    "zeros in a compressed text": lambda: png(zipped(BOMB)),
    "a compressed bomb of bombs": lambda: png(zipped(zlib.compress(BOMB * 100))),
    "wide characters in a compressed text": lambda: png(
        chunk(b"iTXt", b"parameters\0\1\0\0\0" + WIDE_BOMB),
    ),
    "compressed texts that fail at their end": lambda: png(zipped(FAILING) * 300),
    "a million chunks": lambda: png(chunk(b"aaAa", b"") * M),
    "a hundred thousand texts": lambda: png(text_chunk("parameters", PAIRS) * 100_000),
    "a million lines of wide characters": lambda: infotext(f"{WIDE}\n" * M + PAIRS),
    "a line of colons": lambda: infotext("aa:" * 80_000),
    "a line without colons": lambda: infotext("a" * 260_000),
    "letters before a colon": lambda: infotext("a" * 250_000 + ":" + PAIRS),
    "a line of open quotes": lambda: infotext('aa:"\\",' * 37_000),
    "a line of spaces": lambda: infotext(f"a{' ' * 260_000}{PAIRS}"),
    "beginnings of tags": lambda: infotext("<lora:" * 40_000 + f"\n{PAIRS}"),
    "many tags": lambda: infotext("".join(f"<lora:{n}:1>" for n in range(16_000)) + f"\n{PAIRS}"),
    "many negative prompts": lambda: infotext("Negative prompt:\n" * 15_000 + PAIRS),
    "beginnings of lists": lambda: infotext(f"a\n{PAIRS}, Civitai resources: " + "[" * 90_000),
    "beginnings of hashes": lambda: infotext(f"a\n{PAIRS}" + ", Hashes: {" * 20_000),
    "hashes without end": lambda: infotext(f'a\n{PAIRS}, Lora hashes: "' + "a:b," * 60_000 + '"'),
    "a Swarm of brackets": lambda: infotext('{"sui_image_params":' + "[" * 90_000),
    "a Swarm of mappings": lambda: infotext('{"sui_image_params":{"a":' + MAPPINGS + "}}"),
    "empty lists": lambda: invoke('{"a":' + LISTS + "}"),
    "far too many values": lambda: invoke('{"a":[' + "[]," * M + "0]}"),
    "a long prompt of one wide character": lambda: invoke('{"positive_prompt":"' + "a" * (4 * M - 99) + WIDE + '"}'),
    "a number of five thousand digits": lambda: invoke('{"seed": ' + "9" * 5000 + ', "steps": 1e99999}'),
    "a chain of LoRAs": lambda: lora_chain(12_000),
    "twenty thousand samplers": lambda: samplers(20_000),
    "images that are made of each other": lambda: savers(6_000),
    "a record of mappings": lambda: itxt("fluxlab", '{"format":1,"recipe":{"a":' + MAPPINGS + "}}"),
    "a record of brackets": lambda: itxt("fluxlab", "[" * 100_000),
    "a record of one wide character": lambda: itxt("fluxlab", '{"format":"' + "a" * (4 * M - 99) + WIDE + '"}'),
    "EXIF that points at itself": lambda: png(chunk(b"eXIf", exif(*[ITSELF] * 500))),
    "EXIF that promises gigabytes": lambda: png(
        chunk(b"eXIf", exif((0x9286, 7, 2**32 - 1, 8), (0x0110, 12, 2**31, 9)))
    ),
    "many blocks of EXIF": lambda: b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + exif(*[ITSELF] * 5000)) * 500,
    "many comments": lambda: b"\xff\xd8" + segment(0xFE, b"a" * 60_000) * 800,
    "a JPEG of padding": lambda: b"\xff\xd8" + b"\xff" * M,
    "a WebP of empty chunks": lambda: b"RIFF\0\0\0\0WEBP" + (b"EXIF" + bytes(4)) * M,
    "a WebP that promises more than it has": lambda: b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xff" + bytes(M),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little_and_breaks_nothing(name, fuzzing):
    data = HOSTILE[name]()
    worst = fuzzing.measured(lambda: fuzzing.read_foreign(data))
    worst.check()
    found = read_foreign(data)
    if found is not None:
        assert not any("could not be read (" in note for note in found.notes), found.notes
        assert sum(len(text) for text in found.raw.values()) <= 4 * M
        assert all(len(note) < 300 for note in found.notes)


def test_a_big_file_is_not_read_whole(tmp_path, fuzzing):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.write(HEAD + struct.pack(">I", 2**31 - 1) + b"IDAT")
        file.seek(2**31 + 3, io.SEEK_CUR)
        file.write(text_chunk("parameters", f"behind the pixels\n{PAIRS}") + END)
    fuzzing.measured(lambda: read_foreign(path)).check()
    assert read_foreign(path).parameters["prompt"] == "behind the pixels"


def test_of_two_texts_under_one_key_the_first_counts_and_both_are_kept():
    found = read_foreign(png(text_chunk("parameters", f"one\n{PAIRS}"), text_chunk("parameters", "two")))
    assert found.parameters["prompt"] == "one"
    assert found.raw["parameters (2)"] == "two"
    assert found.notes == ("the file has 'parameters' more than once: the first counts.",)


def test_nul_and_lone_surrogates_come_through(fuzzing):
    text = f"a\ud800b\0c\n{PAIRS}"
    found = read_foreign(fuzzing.itxt("parameters", text.encode("utf-8", "surrogatepass")))
    assert (found.raw["parameters"], found.parameters["prompt"]) == (text, "a\ud800b\0c")
    wide = read_foreign(fuzzing.exif_png(b"UNICODE\0" + text.encode("utf-16-le", "surrogatepass")))
    assert wide.raw == {"UserComment": text}


def test_bytes_that_are_no_unicode_are_replaced_and_told(fuzzing):
    found = read_foreign(fuzzing.itxt("parameters", b"a\xff\n" + PAIRS.encode()))
    assert found.parameters["prompt"] == "a\ufffd"
    assert "not valid UTF-8" in found.notes[0]


def test_latin_texts_are_read_in_either_encoding():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", f"café\n{PAIRS}")
    stream = io.BytesIO()
    Image.new("L", (1, 1)).save(stream, "PNG", pnginfo=info)
    latin = stream.getvalue()
    assert b"caf\xe9" in latin
    utf8 = png(chunk(b"tEXt", b"parameters\0" + f"café\n{PAIRS}".encode()))
    assert read_foreign(latin).parameters["prompt"] == read_foreign(utf8).parameters["prompt"] == "café"


def test_a_cut_file_gives_what_is_left(golden):
    data = golden["forge.png"]
    cut = data.index(b"Steps: 20") + 60
    found = read_foreign(data[:cut])
    assert (found.tool, found.parameters["steps"]) == ("a1111", 20)
    assert any("cut" in note for note in found.notes)
    for end in range(0, len(data), 7):
        read_foreign(data[:end])


def test_mutated_golden_files(fuzzing):
    fuzzing.files(fuzzing.examples(300)).check()


def test_random_texts(fuzzing):
    fuzzing.texts(fuzzing.examples(80)).check()


def test_random_graphs(fuzzing):
    fuzzing.graphs(fuzzing.examples(80)).check()


def test_a_storm_of_mutants(fuzzing):
    fuzzing.storm(fuzzing.examples(1000)).check()
