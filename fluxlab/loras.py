"""`Loras`: the LoRAs that a lab knows by name, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.engine.adapters import matching
from fluxlab.errors import LoraError
from fluxlab.models import LoraFile, add_lora, added_loras, bundled_loras, find_lora, listed_parts, loaded
from fluxlab.sweep.tables import table

if TYPE_CHECKING:
    import pandas as pd

_HEAD = ("name", "where", "size", "sha256", "format", "rank", "alpha", "acts on", "modules", "left out")


@dataclass(frozen=True)
class LoraInfo:
    """A LoRA and what its file says.

    Attributes
    ----------
    name : str
        As recipes write it.
    source : str
        ``package:…``, ``hub:owner/name@commit/file`` or the absolute path.
    size : int
        Bytes of the file.
    sha256 : str
        Hash of the file.
    format : str
        Whose names its keys are: diffusers, kohya, xlabs, …
    ranks, alphas : tuple
        All that occur; no alpha stands for one that equals the rank.
    components : dict of str to int
        Modules it is for, by ``transformer`` and ``text_encoder``.
    acts_on : str
        The parts of the model, as factors name them: ``double.0-18, single.0-37``.
    targets : int
        Modules it is for, those that diffusers leaves out included.
    matched : int or None
        How many of them the model has; ``None`` before the model is loaded, and while it makes an image.
    left_out : tuple of str
        What diffusers leaves out of the file.
    """

    name: str
    source: str
    size: int
    sha256: str
    format: str
    ranks: tuple[int, ...]
    alphas: tuple[float, ...]
    components: dict[str, int]
    acts_on: str
    targets: int
    matched: int | None
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        return _line(self.row())

    def row(self) -> tuple[str, ...]:
        """The line of the table."""
        modules = str(self.targets) if self.matched is None else f"{self.matched} of {self.targets} match"
        numbers = (", ".join(f"{value:g}" for value in values) for values in (self.ranks, self.alphas))
        rank, alpha = numbers
        size = f"{self.size / 1e6:.1f} MB"
        return (
            self.name, self.source, size, self.sha256[:10], self.format, rank, alpha or "rank", self.acts_on, modules,
            ", ".join(self.left_out),
        )  # fmt: skip


class Loras:
    """The bundled LoRAs and those that were added, by name.

    ``lab.loras["ink"]`` also takes what `add` takes. Names last as long as the process; records keep the file's
    place and hash, so that an image can be made again where its name is not known.

    Parameters
    ----------
    model
        Name of the model whose modules are counted.
    """

    def __init__(self, model: str) -> None:
        self._model = model

    def add(
        self,
        place: str | Path,
        name: str | None = None,
        *,
        revision: str | None = None,
        weight_name: str | None = None,
    ) -> LoraInfo:
        """Give a LoRA a short name.

        Parameters
        ----------
        place
            The path of a ``.safetensors`` file or of a folder with one, or a repository of the Hugging Face hub:
            ``owner/name`` or ``hub:owner/name@revision/file.safetensors``. What the hub's cache has is used as it is.
        name
            The name; left out, that of the file or repository. The same name again takes the new file.
        revision
            Branch, tag or commit of the repository.
        weight_name
            Which file of the folder or repository.

        Raises
        ------
        LoraError
            When there is no such file, it is no safetensors file, or the name means another LoRA.
        """
        return self._info(add_lora(place, name, revision=revision, weight_name=weight_name))

    def names(self) -> tuple[str, ...]:
        """All names, the bundled ones first."""
        return tuple(dict.fromkeys((*bundled_loras(), *added_loras())))

    def __getitem__(self, name: str) -> LoraInfo:
        return self._info(find_lora(name))

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[LoraInfo]:
        """All whose files are there."""
        for name in self.names():
            try:
                yield self[name]
            except LoraError:
                continue

    def __len__(self) -> int:
        return len(self.names())

    def df(self) -> pd.DataFrame:
        """One row for each LoRA whose file is there."""
        import pandas as pd

        return pd.DataFrame([vars(info) for info in self]).set_index("name")

    def __repr__(self) -> str:
        return "\n".join(_line(row) for row in self._rows())

    def _repr_html_(self) -> str:
        return table(f"LoRAs, counted on '{self._model}'", _HEAD, self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for name in self.names():
            try:
                rows.append(self[name].row())
            except LoraError as error:
                rows.append((name, str(error), *[""] * (len(_HEAD) - 2)))
        return rows

    def _info(self, lora: LoraFile) -> LoraInfo:
        keys = lora.keys
        components: dict[str, int] = {}
        for component, _ in keys.modules:
            components[component] = components.get(component, 0) + 1
        return LoraInfo(
            name=lora.name,
            source=lora.source,
            size=lora.path.stat().st_size,
            sha256=lora.sha256,
            format=keys.format,
            ranks=keys.ranks,
            alphas=keys.alphas,
            components=components,
            acts_on=listed_parts(keys.parts),
            targets=keys.total,
            matched=self._matched(lora),
            left_out=keys.left_out,
        )

    def _matched(self, lora: LoraFile) -> int | None:
        model = loaded(self._model)
        if model is None or not model.lock.acquire(blocking=False):
            return None
        try:
            return matching(model.pipe, lora)
        finally:
            model.lock.release()


def _line(row: tuple[str, ...]) -> str:
    name, where, *rest = row
    return f"{name}: {where}" + "".join(f", {head} {cell}" for head, cell in zip(_HEAD[2:], rest, strict=True) if cell)
