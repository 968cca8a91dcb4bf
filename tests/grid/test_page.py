import base64
import hashlib
import re

import pytest

from fluxlab.errors import GridError
from fluxlab.grid import Grid


def test_the_page_has_the_stored_files_and_fetches_nothing(studio, tmp_path):
    grid = studio.grid({"seed": (1, 2), "guidance": (1.0, 2.0)}, title="Trial")
    path = grid.save_html(tmp_path / "grid.html")
    text = path.read_text(encoding="utf-8")
    stored = {cell.generation.path.read_bytes() for cell in grid.cells}
    assert {base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", text)} == stored
    assert not re.search(r"(?:src|href|url|import)\s*[=(]\s*[\"']?\s*(?:https?:)?//", text)
    assert "<title>Trial</title>" in text
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".fluxlab"] == ["grid.html"]


def test_only_the_script_of_the_page_may_run(studio, tmp_path):
    text = studio.grid({"seed": (1, 2)}).save_html(tmp_path / "grid.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert text.index("Content-Security-Policy") < text.index("<script>")


def test_the_same_grid_gives_the_same_file_and_replaces_the_old_one(studio, tmp_path):
    grid = studio.grid({"seed": (1, 2), "steps": (4, 8)}).view(tabs="seed")
    one = grid.save_html(tmp_path / "grid.html").read_bytes()
    assert grid.save_html(str(tmp_path / "grid.html")).read_bytes() == one


def test_the_page_follows_the_light_of_the_system(studio, tmp_path):
    text = studio.grid({}).save_html(tmp_path / "grid.htm").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "image-rendering: pixelated" in text


def test_a_wrong_place_is_explained_and_nothing_is_left_behind(studio, tmp_path):
    grid = studio.grid({"seed": (1, 2)})
    with pytest.raises(GridError, match=r"must end in \.html or \.htm; use '.*grid\.html'"):
        grid.save_html(tmp_path / "grid.pdf")
    with pytest.raises(GridError, match=r"folder '.*absent' does not exist"):
        grid.save_html(tmp_path / "absent" / "grid.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(GridError, match="cannot be written"):
        grid.save_html(tmp_path / "folder.html")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


def test_a_failure_midway_keeps_the_old_file(studio, tmp_path, monkeypatch):
    path = studio.grid({"seed": (1, 2)}).save_html(tmp_path / "grid.html")
    before = path.read_bytes()

    def broken(self):
        raise RuntimeError("midway")

    monkeypatch.setattr(Grid, "fixed", property(broken))
    with pytest.raises(RuntimeError, match="midway"):
        studio.grid({"seed": (1, 2, 3)}).save_html(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["grid.html"]
