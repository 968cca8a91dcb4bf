"""What may come next in a magic: options, parameters, models, LoRAs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from fluxlab.lora_axes import LORA
from fluxlab.magics.commands import WORDS, Commands
from fluxlab.magics.options import FLUX, FLUXSWEEP, option
from fluxlab.magics.sweep_text import NAMES
from fluxlab.recipe import QUANTIZATIONS, SCHEDULERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fluxlab.magics.options import Reader

IDENTIFIER = "fluxlab"
_MODES = ("exact", "fast")
#: A line of a sweep that has a name, and a beginning of one of its values.
_VALUE = re.compile(r"\s*(\w+)\s*:\s(?:.*[\[,\s])?([^\[,\s]*)$")


class Completion:
    """A matcher of IPython's second kind, which gets the whole cell and says which text its completions replace.

    Parameters
    ----------
    commands
        Which know the LoRAs.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    @context_matcher(identifier=IDENTIFIER, priority=100)  # type: ignore[untyped-decorator]  # IPython does not say that it returns what it got
    def match(self, context: CompletionContext) -> SimpleMatcherResult:
        """The completions at the cursor; none in a cell without these magics."""
        fragment, found = self._found(context)
        matching = [name for name in dict.fromkeys(found) if name.startswith(fragment)]
        return SimpleMatcherResult(
            completions=[SimpleCompletion(text=name, type="param") for name in matching],
            matched_fragment=fragment,
            ordered=True,
            suppress=bool(matching),
        )

    def _found(self, context: CompletionContext) -> tuple[str, Iterable[str]]:
        before = context.text_until_cursor
        words = before.split()
        fragment = "" if not words or before[-1:].isspace() else words.pop()
        if words[:1] == ["%fluxlab"]:
            return fragment, WORDS if len(words) == 1 else ()
        magic = next(iter(context.full_text.split(maxsplit=1)), "")
        readers = {"%%flux": FLUX, "%%fluxsweep": FLUXSWEEP}.get(magic)
        if readers is None:
            return fragment, ()
        if context.cursor_line == 0:
            return self._of_line(fragment, words, readers) if words else (fragment, ())
        return self._of_sweep(before) if magic == "%%fluxsweep" else (fragment, ())

    def _of_line(
        self, fragment: str, words: list[str], readers: Mapping[str, Reader | None]
    ) -> tuple[str, Iterable[str]]:
        written, equals, value = fragment.partition("=")
        if written.startswith("--") and equals:
            return value, self._values(written)
        name = words[-1].removeprefix("--").replace("-", "_")
        if words[-1].startswith("--") and readers.get(name) is not None:
            return fragment, self._values(words[-1])
        given = {word.partition("=")[0] for word in words} - {option("lora")}
        return fragment, (option(name) for name in readers if option(name) not in given)

    def _of_sweep(self, before: str) -> tuple[str, Iterable[str]]:
        value = _VALUE.match(before)
        if value is not None:
            return value[2], self._values(option(value[1]), equals="")
        if before != before.strip() or " " in before:
            return before, ()
        of_loras = (f"{LORA}{name}" for name in self._commands.lora_names())
        return before, (f"{name}: " if name[-1] != ":" else name for name in (*NAMES[:-2], *of_loras, NAMES[-1]))

    def _values(self, written: str, equals: str = "=") -> Iterable[str]:
        from fluxlab.models import model_names

        if written == "--lora":
            return (f"{name}{equals}" for name in self._commands.lora_names())
        return {
            "--model": model_names(), "--scheduler": SCHEDULERS, "--quantization": QUANTIZATIONS, "--mode": _MODES
        }.get(written, ())  # fmt: skip
