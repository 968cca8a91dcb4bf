"""Prompt templates: what they stand for, escapes, wildcards, and where a malformed one is wrong."""

import pytest
from dynamicprompts.generators import CombinatorialPromptGenerator
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.errors import SweepError
from fluxlab.sweep import escape, expand


@pytest.mark.parametrize(
    ("template", "prompts"),
    [
        ("a {cat|dog}", ["a cat", "a dog"]),
        ("{a|b} {1|2}", ["a 1", "a 2", "b 1", "b 2"]),
        ("a {cat|{big|small} dog}", ["a cat", "a big dog", "a small dog"]),
        ("{2$$a|b|c}", ["a,b", "a,c", "b,a", "b,c", "c,a", "c,b"]),
        ("{2$$ and $$a|b}", ["a and b", "b and a"]),
        ("{1-2$$ $$a|b}", ["a", "b", "a b", "b a"]),
        ("{-1$$a|b}", ["a", "b"]),
        ("{0-1$$red }cat", ["cat", "redcat"]),
        ("{2$$ $${a|b}|c}", ["a c", "b c", "c a", "c b"]),
        ("{0.3::a|2::b}", ["a", "b"]),
        ("{ cat | dog } here", ["cat here", "dog here"]),
        ("a {|big }cat", ["a cat", "a bigcat"]),
        ("{a|a|b}", ["a", "b"]),
        ("{2$$a|a|b}", ["a,b", "b,a"]),
        ("", [""]),
        ("plain, 50% off | #ff0 $5 _x_ ____ \\n \\(x\\)", ["plain, 50% off | #ff0 $5 _x_ ____ \\n \\(x\\)"]),
        (r"\{a\|b\} {c\|d|e\}} \__x\__", ["{a|b} c|d __x__", "{a|b} e} __x__"]),
    ],
)
def test_expansion_and_its_order(template, prompts):
    assert list(expand(template)) == prompts


@pytest.mark.parametrize(
    ("template", "character", "reason"),
    [
        ("a {cat|dog", 3, "never closed"),
        ("a {cat|{dog}", 3, "never closed"),
        ("a cat}", 6, "closes nothing"),
        ("a {}", 3, "no variants"),
        ("{3$$a|b}", 2, "3 of 2 variants"),
        ("{2-1$$a|b}", 2, "variants cannot be chosen"),
        ("{$$a|b}", 2, "a number must stand before"),
        ("${x=a}", 1, "variables"),
        ("a __cat", 3, "wildcard is never closed"),
        ("a __cat__", 3, "needs a folder"),
        ("{a|" * 21 + "b" + "}" * 21, 61, "nested deeper"),
    ],
)
def test_malformed_templates_give_the_place(template, character, reason):
    with pytest.raises(SweepError) as caught:
        expand(template)
    assert f"at character {character}: " in str(caught.value)
    assert reason in str(caught.value)
    assert repr(template[-10:])[1:-1] in str(caught.value)


def test_a_group_that_asks_for_more_than_it_has():
    with pytest.raises(SweepError, match="more different variants than it has"):
        expand("{2$$a|a}")


@pytest.mark.parametrize(
    "template", ["{a|b}" * 14, "{8$$" + "|".join("abcdefghij") + "}", "{0-9999$$" + "a|" * 9999 + "}"]
)
def test_too_many_prompts_are_refused_before_they_are_made(template):
    with pytest.raises(SweepError, match="more than 10,000 prompts"):
        expand(template)


def test_too_much_text_is_refused():
    with pytest.raises(SweepError, match="50,000,000 characters"):
        expand("x" * 60_000 + "{a|b}" * 10)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_an_escaped_text_stands_for_itself(text):
    assert expand(escape(text)) == (text,)


@settings(deadline=None)
@given(st.text("ab {}|$_\\1-2:,.é", max_size=40))
def test_any_text_gives_prompts_or_a_sweep_error(text):
    try:
        prompts = expand(text)
    except SweepError as error:
        assert str(error).startswith("prompt=")  # noqa: PT017  (either outcome is right)
    else:
        assert prompts
        assert len(set(prompts)) == len(prompts)


WORDS = st.sampled_from(["cat", "red", "blue sky", "é"])
GROUPS = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda bound, options: "{" + bound + "|".join(options) + "}",
        st.sampled_from(["", "", "1-2$$", "2$$ and $$"]),
        st.lists(inner, min_size=2, max_size=3, unique=True),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(GROUPS, min_size=1, max_size=2))
def test_templates_of_other_tools_keep_their_prompts_and_order(parts):
    template = "a " + ", ".join(parts)
    theirs = CombinatorialPromptGenerator().generate(template, max_prompts=20_000)
    assert list(expand(template)) == list(dict.fromkeys(theirs))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "animal.txt").write_text("# comment\n\nzebra\ncat\n  dog  \ncat\n", encoding="utf-8")
    (tmp_path / "colours").mkdir()
    (tmp_path / "colours" / "warm.txt").write_text("\ufeffred\n{dark|light} orange\n", encoding="utf-8")
    (tmp_path / "colours" / "cold.txt").write_text("blue\n", encoding="utf-8")
    (tmp_path / "both.txt").write_text("__colours/cold__ __animal__\n", encoding="utf-8")
    return tmp_path


def test_wildcards_take_the_lines_of_their_file_in_order(folder):
    assert expand("a __animal__", folder) == ("a zebra", "a cat", "a dog")
    assert expand("a {__animal__|bird}", str(folder)) == ("a zebra", "a cat", "a dog", "a bird")


def test_several_of_a_wildcard(folder):
    assert expand("{2$$ and $$__animal__}", folder)[:3] == ("zebra and cat", "zebra and dog", "cat and zebra")


def test_wildcards_may_hold_templates_and_wildcards(folder):
    assert expand("__colours/warm__", folder) == ("red", "dark orange", "light orange")
    assert expand("__both__", folder) == ("blue zebra", "blue cat", "blue dog")
    assert expand("__colours/*__", folder) == ("blue", "red", "dark orange", "light orange")


def test_wildcards_that_cannot_be_read_are_named(folder):
    (folder / "empty.txt").write_text("# nothing\n", encoding="utf-8")
    (folder / "loop.txt").write_text("a\n__loop__\n", encoding="utf-8")
    (folder / "open.txt").write_text("fine\n{cat|dog\n", encoding="utf-8")
    (folder / "latin.txt").write_bytes(b"caf\xe9\n")
    for template, reason in {
        "__animl__": "Did you mean 'animal'?",
        "__xyzzy__": "The folder holds animal, both, colours/cold",
        "__empty__": "has no values",
        "__loop__": "leads back to itself",
        "__open__": "at character 1 of line 2 in open.txt: '{' is never closed",
        "__latin__": "cannot be read as UTF-8",
        "__../secret__": "has no file",
    }.items():
        with pytest.raises(SweepError) as caught:
            expand(template, folder)
        assert reason in str(caught.value)
    with pytest.raises(SweepError, match="no folder"):
        expand("__animal__", folder / "nowhere")


def test_wildcards_do_not_lead_out_of_their_folder(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret\n", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret)
    for name in ("link", f"../{secret.parent.name}/secret", str(secret.with_suffix("")), "colours/../../x"):
        with pytest.raises(SweepError) as caught:
            expand(f"__{name}__", folder)
        assert "has no file" in str(caught.value)


def test_wildcards_that_multiply_are_refused_in_time(folder):
    (folder / "a.txt").write_text("__b__ __b__\n" * 5000, encoding="utf-8")
    (folder / "b.txt").write_text("\n".join(map(str, range(5000))), encoding="utf-8")
    with pytest.raises(SweepError, match="more than 10,000 prompts"):
        expand("__a__", folder)
