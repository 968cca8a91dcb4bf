"""The catalog against a dict: Hypothesis calls it in every order, with values that damage weaker stores."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import ExitStack
from enum import Enum
from typing import Any, ClassVar

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from PIL import Image

from benchmarks.durability.memory import memory_folder
from benchmarks.durability.outcome import Outcome
from fluxlab.catalog import Catalog, Draft, Generation, pixel_hash
from fluxlab.errors import CatalogError
from fluxlab.recipe import SEED_MAX, Recipe


class Colour(Enum):
    """A value that is kept as what it stands for."""

    RED = "red"
    SEVEN = 7


#: Any text that Python can hold, lone surrogates and NUL too.
_ANY_TEXT = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["a\0b", "\ud800", "$float", "$object", "猫", "\u2028"]
)
#: What a prompt may be.
_PROMPT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["\0", "' OR 1=1 --", "a\r\nb"]
)
_NUMPY = st.sampled_from(
    [np.int64(-(2**63)), np.uint64(SEED_MAX), np.float32(0.1), np.float64("nan"), np.bool_(True)]
) | st.floats(width=32).map(np.float32)
_LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324, SEED_MAX])
    | _ANY_TEXT
    | _NUMPY
    | st.sampled_from(Colour)
)
_VALUE = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_ANY_TEXT, inner, max_size=3)
        | st.fixed_dictionaries({"$float": inner})
        | st.tuples(inner)
    ),
    max_leaves=8,
)
_FACTS = st.dictionaries(_ANY_TEXT, _VALUE, max_size=4)
#: A megabyte of text is slow, and told apart from a small one only by being there: once in a while.
_LONG = st.integers(0, 400).map(lambda number: "a long tale " * 80_000 if number == 0 else None)
_RECIPE = st.fixed_dictionaries(
    {
        "prompt": _PROMPT,
        "seed": st.integers(0, SEED_MAX) | st.sampled_from([SEED_MAX, np.uint64(SEED_MAX), 2**63, 2**53]),
        "steps": st.integers(1, 1000) | st.just(np.int64(7)),
        "guidance": st.none() | st.floats(0, 100) | st.just(np.float32(3.3)),
        "negative_prompt": st.none(),
        "loras": st.dictionaries(_PROMPT.filter(bool), st.floats(-10, 10), max_size=2),
        "width": st.just(16),
        "height": st.just(16),
        "max_sequence_length": st.just(8),
    }
)
_KEYS = st.text("abc", min_size=1, max_size=2)


def plain(value: Any) -> Any:
    """What is expected back: written down here once more, so that the catalog's own code is not its judge."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def same(one: Any, two: Any) -> bool:
    """Equal in type and in every bit; NaN equals NaN, and 0.0 is not -0.0."""
    if isinstance(one, dict):
        return isinstance(two, dict) and one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return isinstance(two, list) and len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and repr(one) == repr(two)


class CatalogMachine(RuleBasedStateMachine):
    """A catalog, and the dict that it should be."""

    uids = Bundle("uids")
    #: Steps that all machines have taken.
    taken: ClassVar[int] = 0

    @initialize()
    def open_a_new_one(self) -> None:
        """Start from nothing, where syncing costs nothing: what is tested is not lost power."""
        self.cleanup = ExitStack()
        self.folder = self.cleanup.enter_context(memory_folder())
        self.catalog = Catalog(self.folder / "catalog")
        self.model: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        """Compare everything once more, and clean up."""
        if not hasattr(self, "folder"):
            return
        try:
            self.look_at_all_again()
        finally:
            self.cleanup.close()

    @rule(target=uids, values=_RECIPE, long=_LONG, key=_KEYS, facts=_FACTS, coords=st.none() | _FACTS)
    def begin(
        self, values: dict[str, Any], long: str | None, key: str, facts: dict[str, Any], coords: dict[str, Any] | None
    ) -> str:
        """Begin an image."""
        CatalogMachine.taken += 1
        recipe = Recipe(**(values | ({"prompt": long} if long else {})))
        uid = self.catalog.begin(Draft(recipe, key, {"model": "ab"}, facts, {"model": "nano"}, coords=coords))
        self.model[uid] = {"status": "started", "recipe": recipe, "key": key, "environment": facts, "coords": coords}
        return uid

    def _refused(self, uid: str, act: Any) -> bool:
        """Whether the generation is over, and the catalog says so."""
        CatalogMachine.taken += 1
        if self.model[uid]["status"] == "started":
            return False
        try:
            act()
        except CatalogError:
            return True
        raise AssertionError(f"{uid} was ended twice")

    @rule(uid=uids, effective=_FACTS, pixels=st.binary(min_size=48, max_size=48))
    def complete(self, uid: str, effective: dict[str, Any], pixels: bytes) -> None:
        """Complete an image."""
        picture = Image.frombytes("RGB", (4, 4), pixels)
        if self._refused(uid, lambda: self.catalog.complete(uid, picture, effective, {})):
            return
        made = self.catalog.complete(uid, picture, effective, {"denoise": 1.5})
        self.model[uid] |= {"status": "ok", "effective": effective, "pixels": pixels, "hash": pixel_hash(picture)}
        self._compare(uid, made)

    @rule(uid=uids, text=_ANY_TEXT)
    def fail(self, uid: str, text: str) -> None:
        """Let an image fail."""
        if self._refused(uid, lambda: self.catalog.fail(uid, ValueError(text))):
            return
        self.catalog.fail(uid, ValueError(text))
        self.model[uid] |= {"status": "failed"}

    @rule(uid=uids, step=st.integers(0, 1000) | st.just(np.int64(3)))
    def interrupt(self, uid: str, step: int) -> None:
        """Interrupt an image."""
        if self._refused(uid, lambda: self.catalog.interrupt(uid, step)):
            return
        self.catalog.interrupt(uid, step)
        self.model[uid] |= {"status": "interrupted", "step": int(step)}

    @rule(uid=uids, metric=st.sampled_from(["a", "b"]), value=st.floats() | _NUMPY)
    def score(self, uid: str, metric: str, value: Any) -> None:
        """Measure an image."""
        CatalogMachine.taken += 1
        if not math.isfinite(value):
            try:
                self.catalog.score(uid, metric, value)
            except CatalogError:
                return
            raise AssertionError(f"the score {value!r} was taken")
        self.catalog.score(uid, metric, value)
        self.model[uid].setdefault("scores", {})[metric] = float(value)

    @rule()
    def open_it_again(self) -> None:
        """Close, open, and go on."""
        CatalogMachine.taken += 1
        self.catalog.close()
        self.catalog = Catalog(self.folder / "catalog")

    @rule(uid=uids)
    def get(self, uid: str) -> None:
        """Look one up."""
        CatalogMachine.taken += 1
        self._compare(uid, self.catalog.get(uid))

    @rule()
    def df(self) -> None:
        """List them all."""
        CatalogMachine.taken += 1
        frame = self.catalog.df(status=None, columns=["status", "seed", "score.a", "score.b"])
        assert frame.index.tolist() == list(self.model)
        for (uid, known), row in zip(self.model.items(), frame.to_dict("records"), strict=True):
            assert row["status"] == known["status"], uid
            assert row["seed"] == str(known["recipe"].seed), uid
            for metric in "ab":
                value = known.get("scores", {}).get(metric)
                assert row[f"score.{metric}"] == value or (value is None and row[f"score.{metric}"] != value)

    def look_at_all_again(self) -> None:
        """Compare every generation, from a catalog that was opened anew."""
        catalog = Catalog(self.folder / "catalog")
        for uid, known in self.model.items():
            self._compare(uid, catalog.get(uid))
            for metric, value in known.get("scores", {}).items():
                assert catalog.scores([uid], metric) == {uid: value}
        newest = {known["key"]: uid for uid, known in self.model.items() if known["status"] == "ok"}
        found = {key: made.uid for key, made in catalog.find(newest).items()}
        assert found == newest

    def _compare(self, uid: str, made: Generation) -> None:
        known = self.model[uid]
        assert (made.uid, made.status, made.key) == (uid, known["status"], known["key"])
        assert same(made.recipe.values(), known["recipe"].values())
        assert same(made.environment, plain(known["environment"]))
        assert same(made.coords, plain(known["coords"]))
        assert same(made.effective, plain(known.get("effective", {})))
        assert made.step == known.get("step")
        if known["status"] == "ok":
            assert made.image.tobytes() == known["pixels"]
            assert made.pixel_hash == known["hash"]


def run(steps: int, *, each: int = 50) -> Outcome:
    """Take at least so many steps.

    Parameters
    ----------
    steps
        Of all machines together.
    each
        Of one machine, before the next begins with a new catalog.
    """
    outcome, began = Outcome("model"), time.monotonic()
    CatalogMachine.taken = 0
    quick = settings(
        max_examples=max(1, steps // each),
        stateful_step_count=each,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        while CatalogMachine.taken < steps and not outcome.broken:
            run_state_machine_as_test(CatalogMachine, settings=quick)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        notes = "; ".join(getattr(error, "__notes__", []))
        outcome.broken.append(f"{error!r}; {notes}")
    outcome.figures = {"steps": CatalogMachine.taken, "seconds": time.monotonic() - began}
    return outcome
