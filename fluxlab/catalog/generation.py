"""`Generation`: one recorded attempt at an image, with the image read only when it is looked at."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from fluxlab.blocks import flat_loras
from fluxlab.catalog.code import script
from fluxlab.catalog.plain_files import open_plain
from fluxlab.catalog.record import OWN, Record, are_parameters, check_kinds, of_row, parameters_of, seconds, strange
from fluxlab.catalog.redact import redact
from fluxlab.errors import CatalogError, RecipeError, brief
from fluxlab.levers import lossy_levers
from fluxlab.recipe import Recipe

_PREVIEW = 512


@dataclass(frozen=True, eq=False)
class Generation:
    """One recorded attempt: what was asked, what was used, and the image if there is one.

    ``timings`` holds seconds for ``encode``, ``denoise``, ``decode`` and ``write``; ``effective`` what was read back
    from the pipeline; ``path`` the PNG, ``None`` where no image was kept. ``source`` is ``"fluxlab"``, or the program
    that made an imported image, whose own words are in ``imported``.
    """

    #: Makes a generation's image again. The lab puts it here, because the catalog knows no models.
    replayer: ClassVar[Callable[[Generation], Any] | None] = None

    uid: str
    key: str
    status: str
    created: datetime
    effective: dict[str, Any]
    timings: dict[str, float]
    files: dict[str, str]
    environment: dict[str, Any]
    pipeline: dict[str, Any]
    mode: str = "exact"
    run: str | None = None
    coords: dict[str, Any] | None = None
    session: str | None = None
    source: str = OWN
    imported: dict[str, Any] | None = None
    error: str | None = None
    step: int | None = None
    pixel_hash: str | None = None
    file_hash: str | None = None
    path: Path | None = None
    _recipe: Recipe | None = field(default=None, repr=False, compare=False)
    _record: Record = field(default_factory=dict, repr=False, compare=False)
    #: Only for an image that could not be written to the disk.
    _unsaved: Image.Image | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, record: Record, folder: Path, unsaved: Image.Image | None = None) -> Generation:
        """The generation of a record in the catalog at ``folder``.

        Raises
        ------
        CatalogError
            When the record is not as fluxlab writes it, as in a database that somebody changed.
        """
        try:
            return cls._of(record, folder, unsaved)
        except (AttributeError, KeyError, TypeError, ValueError, CatalogError, RecipeError) as error:
            raise strange(record.get("uid"), error) from None

    @classmethod
    def of_row(cls, row: Mapping[str, Any], folder: Path) -> Generation:
        """The generation of a database row.

        Raises
        ------
        CatalogError
            When the row is not as fluxlab writes it, as in a database that somebody changed.
        """
        return cls.of(of_row(row), folder)

    @classmethod
    def _of(cls, record: Record, folder: Path, unsaved: Image.Image | None) -> Generation:
        names = ("uid", "key", "status", "effective", "timings", "files", "environment", "pipeline", "mode")
        optional = ("run", "coords", "session", "imported", "error", "step", "pixel_hash", "file_hash")
        path = record.get("path")
        values: dict[str, Any] = {name: record[name] for name in names}
        values |= {name: record.get(name) for name in optional}
        check_kinds(record)
        missing = next((name for name in names if values[name] is None), None)
        if missing is not None:
            raise ValueError(f"it has no {missing}")
        if len(seconds(record["timings"])) != len(record["timings"]):
            raise ValueError("its timings are not seconds")
        recipe = None
        if record.get("imported") is None:
            recipe = Recipe(**record["recipe"])
            if {use.name for use in recipe.loras} != _names_of(record["recipe"].get("loras")):
                # Of a fluxlab that kept the home folder in the names of LoRAs: all parts use the names of the recipe.
                record = {**record, **{name: redact(record[name]) for name in ("effective", "files", "pipeline")}}
                values |= {name: record[name] for name in ("effective", "files", "pipeline")}
            # Whole, whatever the row left out: what reads the record further on need not look.
            record = {**record, "recipe": recipe.values()}
        elif record["recipe"] is not None or not are_parameters(parameters_of(record)):
            raise ValueError("it was imported, and its parameters are none")
        return cls(
            source=record.get("source", OWN),
            _recipe=recipe,
            created=datetime.fromisoformat(record["created"]),
            path=None if path is None else folder / path,
            _record=record,
            _unsaved=unsaved,
            **values,
        )

    def __repr__(self) -> str:
        """One line, as a terminal shows it; the attributes have the rest."""
        told = self.parameters
        names = ("model", "seed", "steps", "guidance", "width", "height")
        values = "".join(f", {name}={told[name]!r}" for name in names if told.get(name) is not None)
        failed = "" if self.status == "ok" else f" {self.status}"
        return f"<Generation {self.uid[:8]}{failed}: {brief(told.get('prompt') or '')}{values}>"

    def __eq__(self, other: object) -> bool:
        # By uid and status: the mappings inside may hold NaN, which equals nothing.
        return isinstance(other, Generation) and (self.uid, self.status) == (other.uid, other.status)

    def __hash__(self) -> int:
        return hash(self.uid)

    @property
    def recipe(self) -> Recipe:
        """Everything that determines the image.

        Raises
        ------
        CatalogError
            For an imported image: what its program wrote is in `parameters`, which need not be a whole recipe.
        """
        if self._recipe is None:
            raise CatalogError(
                f"generation {self.uid[:8]} was imported from '{self.source}' and has no recipe of fluxlab: "
                "read .parameters, which holds what its program wrote."
            )
        return self._recipe

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The recipe's values; of an imported image what its own program wrote, by the same names."""
        return parameters_of(self._record)

    @property
    def image(self) -> Image.Image:
        """The image, read now; no file stays open.

        Raises
        ------
        CatalogError
            When no image was kept, or its file is gone or was changed.
        """
        if self._unsaved is not None:
            return self._unsaved
        data = self.file_bytes()
        try:
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                image.load()
                return image.copy()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise CatalogError(
                f"the image of generation {self.uid[:8]} at '{self.path}' cannot be read as a PNG ({error}): it was "
                "damaged before it was kept; make or import it again."
            ) from None

    def replay(self) -> Any:
        """Make the image again from its record, and compare the pixels; see `fluxlab.replay.Replay`.

        Raises
        ------
        CatalogError
            When there is no image to compare with, or nothing here can make one: the catalog knows no models, a `Lab`
            does.
        """
        if Generation.replayer is None:
            raise CatalogError("replay() needs a model to make images with: run 'from fluxlab import Lab' first.")
        return Generation.replayer(self)

    def record(self) -> Record:
        """The whole record as plain Python values."""
        return dict(self._record)

    def code(self) -> str:
        """A runnable script of plain diffusers calls that makes the same pixels again.

        It saves ``fluxlab-<first 8 of the uid>.png`` into the current folder.
        """
        return script(self._record)

    def file_bytes(self) -> bytes:
        """The bytes of the PNG, checked against the hash that was recorded.

        Raises
        ------
        CatalogError
            When no image was kept, or its file is gone or was changed.
        """
        if self.path is None:
            reason = f" ({self.error})" if self.error else ""
            raise CatalogError(f"generation {self.uid[:8]} has no image: it is '{self.status}'{reason}; make it again.")
        try:
            with open_plain(self.path) as file:
                data = file.read()
        except OSError as error:
            raise CatalogError(
                f"the image of generation {self.uid[:8]} cannot be read at '{self.path}' ({error.strerror}): "
                "put the file back, or make the image again."
            ) from None
        if self.file_hash is not None and hashlib.sha256(data).hexdigest() != self.file_hash:
            raise CatalogError(
                f"the image of generation {self.uid[:8]} at '{self.path}' is not the file that was saved: "
                "put the original back, or make the image again."
            )
        return data

    def _preview(self) -> bytes:
        image = self.image
        image.thumbnail((_PREVIEW, _PREVIEW))
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return stream.getvalue()

    def _repr_png_(self) -> bytes | None:
        try:
            return self._preview()
        except CatalogError:
            return None

    def _repr_html_(self) -> str:
        told = self.parameters
        prompt = str(told["prompt"])
        shown = prompt if len(prompt) <= 300 else prompt[:299] + "…"
        try:
            data = base64.b64encode(self._preview()).decode("ascii")
            picture = f'<img src="data:image/png;base64,{data}" alt="{escape(shown)}" style="max-width:100%">'
        except CatalogError as error:
            picture = f'<p role="alert">{escape(str(error))}</p>'
        worn = {} if self._recipe is None else flat_loras(self._recipe.values()["loras"])
        loras = ", ".join(f"{name} {strength:g}" for name, strength in worn.items())
        lossy = "" if self._recipe is None else ", ".join(lossy_levers(self._recipe.values()))
        rows = {
            **({"from": self.source} if self._recipe is None else {}),
            **{name: told.get(name) for name in ("model", "seed", "steps", "guidance")},
            "size": f"{told['width']} x {told['height']}",
            **({"loras": loras} if loras else {}),
            **({"lossy": lossy} if lossy else {}),
            "status": self.status,
            **({"error": self.error} if self.error else {}),
            "uid": self.uid[:8],
        }
        facts = " · ".join(f"{escape(name)} {escape(str(value))}" for name, value in rows.items() if value is not None)
        return (
            f'<figure style="margin:0">{picture}<figcaption><div>{escape(shown)}</div>'
            f"<small>{facts}</small></figcaption></figure>"
        )


def _names_of(loras: Any) -> set[str]:
    """The names of LoRAs as a record has them, which may be a mapping of strengths or a list."""
    return {str(use["name"]) if isinstance(use, Mapping) else str(use) for use in loras or ()}
