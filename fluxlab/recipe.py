"""`Recipe`: everything that determines one image, its canonical JSON and its content key."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from fluxlab import blocks as parts
from fluxlab.errors import RecipeError, nearest
from fluxlab.home import short_path
from fluxlab.levers import check_attention, check_guidance_schedule, check_step_cache, parse_step_cache

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SEED_MAX = 2**64 - 1
#: Seeds that fluxlab draws itself stay below this, so that they survive JavaScript and spreadsheets.
DRAWN_SEED_END = 2**53
SIZE_MULTIPLE = 16
SIZE_MAX = 4096
STEPS_MAX = 1000
STRENGTH_MAX = 10.0
PROMPT_MAX = 1_000_000
#: Samplers that reproduce: each draws nothing but the initial noise and takes it from the seed.
Scheduler = Literal["euler", "euler-karras", "euler-exponential", "unipc", "dpm++2m"]
SCHEDULERS: tuple[str, ...] = Scheduler.__args__  # type: ignore[attr-defined]
#: Precisions that the transformer's weights can be held in below the model's own, see `fluxlab.models.quantization`.
QUANTIZATIONS = ("fp8", "int8", "fp8wo", "nf4")
#: Asks for the model's own precision by name, where a memory preset would choose a lower one.
FULL_PRECISION = "none"
#: The content key changes its meaning with this number.
KEY_FORMAT = 1
#: Parameters that came after the first catalogs were written: unset they are left out, so that keys stay as they are.
LATER = ("guidance_schedule", "step_cache", "attention", "quantization", "compile")


def _number(value: object) -> object:
    """Turn numpy scalars into Python numbers; leave the rest, and every bool, to the validator."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not a bool")
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def _positive_zero(value: float) -> float:
    """Turn -0.0 into 0.0: they are equal and make the same image, but JSON writes them differently."""
    return value + 0.0


def _flag(value: object) -> object:
    """Refuse text, of which pydantic would take a dozen words, such as "y" and "off"."""
    if isinstance(value, (str, bytes)):
        raise ValueError("must be True or False, not text")
    return value


def _text(value: object) -> object:
    if isinstance(value, (bytes, bytearray)):
        raise ValueError("must be text, not bytes: decode it first")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(f"must be valid Unicode; a lone surrogate stands at character {error.start}") from None
    return value


def _quantization(value: str) -> str | None:
    if value == FULL_PRECISION:
        return None
    if value not in QUANTIZATIONS:
        raise ValueError(
            f"is not allowed: it must be one of {', '.join(QUANTIZATIONS)}, or left out for the model's own "
            f"precision{nearest(value, QUANTIZATIONS).rstrip('?').replace(' Did you mean', '; did you mean')}"
        )
    return value


Int = Annotated[int, BeforeValidator(_number)]
Float = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False), AfterValidator(_positive_zero)]
Text = Annotated[str, BeforeValidator(_text), Field(max_length=PROMPT_MAX)]
Side = Annotated[Int, Field(ge=SIZE_MULTIPLE, le=SIZE_MAX, multiple_of=SIZE_MULTIPLE)]


class Lora(BaseModel):
    """A LoRA in use: the name or file it is loaded by, and its strength (0 = no effect).

    ``blocks`` are factors on the strength for parts of the model, given as a mapping: ``all``, ``transformer``,
    ``text_encoder``, ``double``, ``single``, ``double.3``, ``single.0-18``. The most specific one counts, and what none
    covers has the factor 1. They are kept sorted; without any, the field is left out of the values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Text, Field(min_length=1)]
    strength: Annotated[Float, Field(ge=-STRENGTH_MAX, le=STRENGTH_MAX)] = 1.0
    blocks: tuple[tuple[str, float], ...] = ()

    @field_validator("name")
    @classmethod
    def _no_key_in_name(cls, name: str) -> str:
        # In the recipe itself, so that the record, its key, its labels and a replay all have the same name.
        name = short_path(name)
        lora, key = parts.split_name(name)
        if key is not None:
            raise ValueError(f"ends like a part of the model: write loras={{{lora!r}: 1, {name!r}: 0.5}}, or rename it")
        return name

    @field_validator("blocks", mode="before")
    @classmethod
    def _canonical_blocks(cls, given: Any) -> tuple[tuple[str, float], ...]:
        return parts.checked(given)

    @property
    def acts(self) -> bool:
        """Whether it can change an image of any model."""
        return parts.acts(self.strength, self.blocks)

    def folded(self) -> Lora:
        """Without factors that are all 1, which change nothing."""
        same = all(factor == 1 for _, factor in self.blocks)
        return Lora(name=self.name, strength=self.strength) if same else self

    @model_serializer
    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {"name": self.name, "strength": self.strength}
        return {**values, "blocks": dict(self.blocks)} if self.blocks else values


class Recipe(BaseModel):
    """Everything that determines one image.

    Parameters follow Black Forest Labs' API names. LoRAs are kept in alphabetical order, because the order in which
    adapters are summed changes the last bits of the result.

    Parameters
    ----------
    model
        Name in the model registry.
    prompt
        Text for both encoders, up to 1,000,000 characters.
    prompt_2
        Text for T5 alone; ``None`` takes ``prompt``.
    negative_prompt, true_cfg_scale
        Classifier-free guidance with two passes; only together, and only with a scale above 1.
    seed
        0 to 2**64 - 1.
    steps
        1 to 1000.
    guidance
        Value for the guidance embedding, 0 to 100; ``None`` on models without one.
    width, height
        Pixels, multiples of 16.
    loras
        LoRAs and strengths; a mapping ``{name: strength}`` is accepted too, with factors for parts of the model as in
        ``{"ink": 1, "ink@double": 0.5}``, see `Lora`.
    max_sequence_length
        Tokens of T5; padding is attended, so it changes the image.
    scheduler
        One of `SCHEDULERS`.
    guidance_schedule
        Guidance that changes on the way, such as ``"1, 3.5, 3.5, 1"`` or ``"0-0.2: 1"``; see `fluxlab.levers.guidance`.
        ``None`` holds ``guidance`` from the first step to the last.
    step_cache
        Skips work of steps that change little, which is lossy, such as ``"first_block:0.12"``; see
        `fluxlab.levers.step_cache`. ``None`` computes every step whole.
    attention
        Backend that computes attention, by diffusers' name; ``None`` is torch's own.
    quantization
        Precision of the transformer's weights below the model's own, one of `QUANTIZATIONS`, which is lossy; ``None``
        keeps them, and so does ``"none"``.
    compile
        Run the transformer's blocks through ``torch.compile``.

    Raises
    ------
    RecipeError
        For an unknown field or a value that is not allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[Text, Field(min_length=1)] = "nano"
    prompt: Text
    prompt_2: Text | None = None
    negative_prompt: Text | None = None
    true_cfg_scale: Annotated[Float, Field(ge=1.0, le=100.0)] = 1.0
    seed: Annotated[Int, Field(ge=0, le=SEED_MAX)]
    steps: Annotated[Int, Field(ge=1, le=STEPS_MAX)]
    guidance: Annotated[Float, Field(ge=0.0, le=100.0)] | None = None
    width: Side
    height: Side
    loras: tuple[Lora, ...] = ()
    max_sequence_length: Annotated[Int, Field(ge=1, le=8192)]
    scheduler: Scheduler = "euler"
    guidance_schedule: Annotated[Text, AfterValidator(check_guidance_schedule)] | None = None
    step_cache: Annotated[Text, AfterValidator(check_step_cache)] | None = None
    attention: Annotated[Text, AfterValidator(check_attention)] | None = None
    quantization: Annotated[Text, AfterValidator(_quantization)] | None = None
    compile: Annotated[bool, BeforeValidator(_flag)] = False

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise RecipeError(_sentence(error.errors()[0], values)) from None

    @model_validator(mode="before")
    @classmethod
    def _canonical_loras(cls, values: Any) -> Any:
        if not isinstance(values, dict) or (loras := _in_order(values.get("loras"))) is None:
            return values
        return {**values, "loras": loras}

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        names = [use.name for use in self.loras]
        if len(set(names)) < len(names):
            twice = next(n for n in names if names.count(n) > 1)
            raise ValueError(f"loras names '{twice}' twice: give each LoRA one strength")
        if self.negative_prompt is not None and self.true_cfg_scale <= 1:
            raise ValueError(
                f"negative_prompt={self.negative_prompt[:60]!r} has no effect with true_cfg_scale=1: "
                "set true_cfg_scale above 1, or leave the negative prompt out"
            )
        if self.true_cfg_scale > 1 and self.negative_prompt is None:
            raise ValueError(
                f"true_cfg_scale={self.true_cfg_scale:g} has no effect without negative_prompt: "
                "give a negative prompt ('' is allowed), or leave true_cfg_scale at 1"
            )
        if self.compile and self.step_cache is not None:
            raise ValueError(
                f"compile=True cannot be combined with step_cache={self.step_cache[:40]!r}: the cache's hooks would "
                "make every block compile anew for every image; choose one of them, in a sweep with where="
            )
        cache = None if self.step_cache is None else parse_step_cache(self.step_cache).name
        if cache == "pab" and self.true_cfg_scale > 1:
            raise ValueError(
                f"step_cache='pab' with true_cfg_scale={self.true_cfg_scale:g} would hand the prompt's attention to "
                "the negative prompt, because pab keeps one cache for both: use first_block, taylorseer or magcache"
            )
        return self

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """The names of all parameters."""
        return tuple(cls.model_fields)

    def replace(self, **changes: Any) -> Recipe:
        """A validated copy with some values changed."""
        return Recipe(**{**self.values(), **changes})

    def values(self) -> dict[str, Any]:
        """All parameters as plain Python and JSON types, without those of `LATER` that are unset."""
        return {k: v for k, v in self.model_dump(mode="json").items() if k not in LATER or v not in {None, False}}

    def canonical_json(self) -> str:
        """The recipe as JSON with sorted keys and no spaces; equal recipes give equal text."""
        return canonical_json(self.values())


def _name_of(use: Any) -> str:
    return short_path(str(use.name if isinstance(use, Lora) else use["name"]))


def _in_order(loras: Any) -> tuple[Any, ...] | None:
    """LoRAs as a recipe keeps them; ``None`` for what is no list of LoRAs."""
    if isinstance(loras, Mapping):
        loras = parts.nested_loras(loras)
    if not isinstance(loras, (list, tuple)):
        return None
    try:
        return tuple(sorted(loras, key=_name_of))
    except (TypeError, KeyError):
        return None


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces and no NaN.

    Raises
    ------
    ValueError
        For NaN and infinities, which JSON cannot hold.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_key(effective: Recipe, files: Mapping[str, str]) -> str:
    """The identity of an image's content: same key, same pixels on the same kind of machine.

    Parameters
    ----------
    effective
        The recipe after everything the model ignores or rounds was folded.
    files
        SHA-256 of the model (``"model"``) and of every LoRA by name.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    body = canonical_json({"format": KEY_FORMAT, "recipe": effective.values(), "files": dict(files)})
    return hashlib.sha256(body.encode()).hexdigest()


def round_to(value: float, dtype: str) -> float:
    """The number that a tensor of ``dtype`` holds for ``value``: ``"float32"``, ``"float16"`` or ``"bfloat16"``.

    Round to nearest, ties to even, as torch does, without importing it.
    """
    if dtype == "float16":
        return float(struct.unpack("<e", struct.pack("<e", value))[0])
    single: bytes = struct.pack("<f", value)
    if dtype == "bfloat16" and math.isfinite(value):
        bits = int.from_bytes(single, "little")
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
        single = bits.to_bytes(4, "little")
    return float(struct.unpack("<f", single)[0])


_ALLOWED = {
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "multiple_of": "a multiple of {multiple_of}",
    "literal_error": "one of {expected}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "True or False",
    "bool_parsing": "True or False",
    "string_type": "text",
    "too_long": "at most {max_length:,} characters",
    "too_short": "not empty",
    "tuple_type": "a mapping of LoRA names to strengths, such as {{'ink': 0.5}}",
    "model_type": "a LoRA with a name and a strength, such as {{'name': 'ink', 'strength': 0.5}}",
}


def _field(where: tuple[int | str, ...], values: Mapping[str, Any]) -> str:
    """A field as a person would write it; LoRAs by their names."""
    if len(where) > 2 and where[0] == "loras" and isinstance(where[1], int):
        loras = _in_order(values.get("loras"))
        if loras is not None and where[2] != "name":
            where = (f"loras[{_name_of(loras[where[1]])[:60]!r}]", *where[2:])
    return ".".join(str(part) for part in where)


def _sentence(error: ErrorDetails, values: Mapping[str, Any]) -> str:
    """One sentence for the first thing that is wrong in these values."""
    field = _field(error["loc"], values)
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = Recipe.fields() if len(error["loc"]) == 1 else tuple(Lora.model_fields)
        return f"unknown parameter '{field}':{nearest(str(error['loc'][-1]), known)} Allowed are {', '.join(known)}."
    if kind == "missing":
        return f"parameter '{field}' is missing: give it a value."
    shown = repr(given)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    if kind == "value_error":
        reason = str(context.get("error", error["msg"]))
        return f"{field}={shown} {reason}." if field else f"{reason}."
    allowed = _ALLOWED.get(kind, error["msg"][0].lower() + error["msg"][1:]).format(**context)
    hint = ""
    if kind == "multiple_of" and isinstance(given, (int, float)):
        low = max(SIZE_MULTIPLE, int(given) // SIZE_MULTIPLE * SIZE_MULTIPLE)
        hint = f"; use {low} or {low + SIZE_MULTIPLE}"
    if field == "seed" and kind in {"greater_than_equal", "less_than_equal"}:
        allowed, hint = f"from 0 to {SEED_MAX} (2**64 - 1)", "; leave it out to have one drawn"
    if kind == "literal_error":
        hint = "." + nearest(str(given), SCHEDULERS) if nearest(str(given), SCHEDULERS) else ""
    return f"{field}={shown} is not allowed: it must be {allowed}{hint}".rstrip(".?") + ("?" if "?" in hint else ".")
