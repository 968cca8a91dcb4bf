"""``%%flux``, ``%%fluxsweep`` and ``%fluxlab``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from IPython.core.error import UsageError

from fluxlab.errors import CatalogError, FluxlabError, brief, nearest
from fluxlab.magics.options import FLUX, FLUXSWEEP, read_options
from fluxlab.magics.session_lab import SessionLab
from fluxlab.magics.sweep_text import read_sweep

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    from fluxlab.catalog import Generation
    from fluxlab.engine import Mode
    from fluxlab.grid import Grid
    from fluxlab.loras import Loras

CELL_MAGICS = ("flux", "fluxsweep")
LINE_MAGICS = ("fluxlab",)
#: What ``%fluxlab`` does, by the word behind it.
WORDS = ("last", "models", "loras", "help")
LAST_MAX = 100

HELP = """\
%%flux --seed 42 --steps 8 --lora ink=0.8 --as fox
a fox on a teal background
    One image of the prompt in the cell. Options are the parameters of an image; --as names the result.

%%fluxsweep --mode fast --as foxes
prompt: a {red|blue} fox
seed: [1, 2, 3]
guidance: 1..5
lora:ink: [0, 0.5, 1]
    Every combination, as a grid. The cell is YAML: a line for each parameter, with a list or a range for what varies.

%fluxlab last     the newest image; %fluxlab last 5 for the newest five
%fluxlab models   the models, and which of them are here
%fluxlab loras    the LoRAs that have a name
%fluxlab help     this text

They use the notebook's lab, and make one where there is none."""


class Commands:
    """The magics of one shell.

    Parameters
    ----------
    shell
        Whose names they read and set.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._lab = SessionLab(shell)

    def flux(self, line: str, cell: str) -> Generation:
        """Make one image of the prompt in the cell: ``%%flux --seed 42 --steps 8 --lora ink=0.8 --as fox``.

        Lines of the prompt are joined by spaces. Options are the parameters of an image; ``--as`` names the result,
        which is the `Generation`. ``%fluxlab help`` tells the rest.
        """
        with _one_sentence():
            options = read_options("%%flux", line, FLUX)
            name = options.pop("as", None)
            prompt = " ".join(filter(None, map(str.strip, cell.splitlines())))
            if not prompt:
                raise UsageError("%%flux has no prompt: write it below, in lines of its own.")
            made = self._lab.get().generate(prompt, **options)
            self._name(name, made)
            return made

    def fluxsweep(self, line: str, cell: str) -> Grid:
        """Make the sweep that the cell describes in YAML, and show its grid: ``%%fluxsweep --mode fast --as foxes``.

        A line is ``name: value``, ``name: [values]`` or ``name: range``; names are those of `Sweep`, and of its axes,
        such as ``lora:ink``. ``%fluxlab help`` tells the rest.
        """
        with _one_sentence():
            options = read_options("%%fluxsweep", line, FLUXSWEEP)
            sweep = read_sweep(cell)
            mode = cast("Mode", options.get("mode", "exact"))
            grid = self._lab.get().run(sweep, mode=mode)
            self._name(options.get("as"), grid)
            return grid

    def fluxlab(self, line: str) -> Any:
        """Look around: ``%fluxlab last``, ``last 5``, ``models``, ``loras`` or ``help``."""
        word, *rest = line.split() or ["help"]
        with _one_sentence():
            if word == "last":
                return self._last(rest)
            if word in WORDS and rest:
                raise UsageError(f"%fluxlab {word} takes no more words: leave out {brief(' '.join(rest))}.")
            if word == "models":
                return self._models()
            if word == "loras":
                return self._loras()
            if word == "help":
                print(HELP)
                return None
            hint = nearest(word, WORDS)
            raise UsageError(f"%fluxlab {brief(word)} is unknown:{hint} Write %fluxlab {', '.join(WORDS)}.")

    def lora_names(self) -> tuple[str, ...]:
        """The LoRAs that have a name in this process."""
        from fluxlab.models import added_loras, bundled_loras

        return tuple(dict.fromkeys((*bundled_loras(), *added_loras())))

    def _models(self) -> pd.DataFrame:
        from fluxlab.lab import Lab

        return Lab.models()

    def _loras(self) -> Loras:
        return self._lab.get().loras

    def _last(self, rest: list[str]) -> Generation | Grid:
        catalog = self._lab.get().catalog
        count = _count(rest)
        uids = list(catalog.df(columns=["uid"], limit=count or 1).index)
        if not uids:
            raise CatalogError(f"the catalog {brief(str(catalog.folder))} has no image yet: make one with %%flux.")
        return catalog.get(uids[-1]) if count is None else catalog.grid(uid=uids)

    def _name(self, name: str | None, result: Any) -> None:
        if name is not None:
            self._shell.user_ns[name] = result


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Errors that are a sentence are shown as one, without the traceback of what the reader did not write."""
    try:
        yield
    except FluxlabError as error:
        if isinstance(error, CatalogError) and error.unsaved:
            raise  # it carries images that are nowhere else
        raise UsageError(str(error)) from error


def _count(rest: list[str]) -> int | None:
    if not rest:
        return None
    if len(rest) > 1 or not rest[0].isascii() or not rest[0].isdigit() or not 1 <= int(rest[0][:9]) <= LAST_MAX:
        raise UsageError(
            f"%fluxlab last {brief(' '.join(rest))} is not a number from 1 to {LAST_MAX}: write %fluxlab last 5."
        )
    return int(rest[0])
