"""Query words: what they find, and how they say that they are not understood."""

import pytest

from fluxlab.catalog.words import quoted, taken_apart
from fluxlab.errors import CatalogError, QueryError


@pytest.fixture
def made(catalog, keep):
    """Six images that differ in everything that words ask for."""
    catalog.add_run("r1", '{"axes": []}', "Red Foxes")
    found = {
        "fox": keep("fox", prompt="a red fox in snow", seed=1, steps=4, guidance=1.0, run="r1"),
        "owl": keep("owl", prompt="a red owl", seed=2, steps=8, guidance=3.5, loras={"ink": 0.25}),
        "cat": keep("cat", prompt="a fox that is red", seed=3, steps=20, guidance=None, model="nano-schnell"),
        "big": keep("big", prompt="a castle", seed=2**63 + 5, steps=28, width=64, height=32, loras={"ink": 0.75}),
        "ink": keep("ink", prompt="a tower: tall", seed=40, steps=30, loras={"pink": 1.0}, scheduler="unipc"),
    }
    catalog.star(found["fox"], 5)
    catalog.star(found["owl"], 3)
    catalog.tag(found["owl"], "two words", "keeper")
    catalog.tag(found["cat"], "rejected", 'say "hi"')
    catalog.note(found["big"], "sharp")
    catalog.score_all("sharpness", {found["fox"]: 0.1, found["owl"]: 0.9})
    return found


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", "fox owl cat big ink"),
        ("red", "fox owl cat"),
        ("red fox", "fox cat"),
        ('"red fox"', "fox"),
        ('"a tower: tall"', "ink"),
        ("cast*", "big"),
        ("-red", "big ink"),
        ('-"red fox" red', "owl cat"),
        ("model:NANO", "fox owl cat big ink"),
        ("model:schnell", "cat"),
        ("model=nano", "fox owl big ink"),
        ("-model=nano", "cat"),
        ("steps:4,20", "fox cat"),
        ("steps:8..28", "owl cat big"),
        ("steps:..8", "fox owl"),
        ("steps:28..", "big ink"),
        ("steps:4,20..28", "fox cat big"),
        ("steps>20 steps<=28", "big"),
        ("guidance:none", "cat"),
        ("-guidance>3", "fox cat"),
        ("seed:2", "owl"),
        (f"seed:{2**63 + 5}", "big"),
        ("seed:2..3,1", "fox owl cat"),
        ("lora:ink", "owl big"),
        ("lora:ink>0.5", "big"),
        ("lora:ink,pink", "owl big ink"),
        ("-lora:ink", "fox cat ink"),
        ("tag:keeper", "owl"),
        ('tag:"two words"', "owl"),
        ('tag:"say ""hi"""', "cat"),
        ("starred:yes", "fox owl"),
        ("stars>=4", "fox"),
        ("stars:none", "cat big ink"),
        ("-starred:yes", "cat big ink"),
        ("rejected:no", "fox owl big ink"),
        ("note:yes", "big"),
        ("size:64x32", "big"),
        ("size:32X32,64x32", "fox owl cat big ink"),
        ("run:fox", "fox"),
        ("run:r1", "fox"),
        ("scheduler:uni", "ink"),
        ("source:flux", "fox owl cat big ink"),
        ("source=flux", ""),
        ("mode:fast", ""),
        ("since:1h", "fox owl cat big ink"),
        ("until:2020-01-01", ""),
        ("width>32 height:32", "big"),
        ("seconds>2", "fox owl cat big ink"),
        ("score.sharpness>0.5", "owl"),
        ("-score.sharpness:0..0.5", "owl cat big ink"),
        ("status:failed", ""),
        ("STEPS:4", "fox"),
        ('"steps:4"', ""),
    ],
)
def test_words_find_what_they_say(catalog, made, words, names):
    by_uid = {each.uid: name for name, each in made.items()}
    page = catalog.page(words)
    assert {by_uid[item.uid] for item in page.items} == set(names.split())
    assert page.total == len(names.split())
    assert sorted(catalog.df(words=words).index) == sorted(item.uid for item in page.items)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("cat steps:x", "'steps:x' (word 2) has 'x' where a number belongs"),
        ("steps:1e999", "where a number belongs"),
        ("steps:", "lacks a value after ':'"),
        ("steps:4,", "lacks a value"),
        ("steps:..", "a range without an end"),
        ("steps>4,8", "compares with several numbers"),
        ("stepz:4", "names no field: Did you mean 'steps'?"),
        ("http://x", "put it in double quotes"),
        ('cat "red fox', "(word 2) opens a quote that is not closed"),
        ("...", "has no letter or digit"),
        ("size:big", "is no size"),
        ("model>nano", "compares what has no order"),
        ("starred:5", "is neither yes nor no"),
        ("status:fail", "Did you mean 'failed'?"),
        ("since:soon", "is no time"),
        ("seed:1.5", "is not a whole number"),
        ("lora:>1", "names no LoRA"),
        ("uid:xyz", "is no beginning of a uid"),
        ("x" * 4001, "4,001 characters"),
        ("a " * 101, "101 words"),
        (5, "words=5 is not text"),
    ],
)  # fmt: skip
def test_words_that_are_not_understood_are_a_sentence(catalog, words, said):
    with pytest.raises(QueryError) as caught:
        catalog.page(words)
    assert said in str(caught.value)
    with pytest.raises(CatalogError):
        catalog.df(words=words)


def test_a_status_among_the_words_takes_the_place_of_the_argument(catalog, draft):
    uid = catalog.begin(draft())
    catalog.fail(uid, RuntimeError("no memory"))
    assert list(catalog.df(words="status:failed").index) == [uid]
    assert catalog.df(words="cat").empty
    assert catalog.page("cat").total == 1


@pytest.mark.parametrize("text", ["plain", "two words", 'say "hi"', '"', "a,b", "4..8", "a:b", " ", "é🦊", "a=b", ">"])
def test_a_quoted_value_is_read_as_it_was(text):
    (word,) = taken_apart(f"tag:{quoted(text)},other")
    assert ["".join(part.text for part in value) for value in word.values] == [text, "other"]
