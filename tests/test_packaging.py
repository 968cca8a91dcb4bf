"""What a user installs: the wheel, the pins, and nothing of the machine it was made on."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections import Counter
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import fluxlab

ROOT = Path(__file__).parents[1]
SIZE_MAX = 25_000_000
BUNDLE = "fluxlab/labextension"
#: pip upgrades itself only when asked; sqlite-utils lists it to install plugins with.
NOT_PINNED = {"fluxlab", "pip"}
#: Declared though fluxlab imports them nowhere itself: who does.
USED_BY_OTHERS = {
    "accelerate": "diffusers, to place and to offload",
    "bitsandbytes": "diffusers, for nf4",
    "ipykernel": "the notebook itself",
    "jupyterlab": "the notebook itself",
    "pyarrow": "pandas, for Parquet",
}


def tracked(*under):
    names = subprocess.run(
        ["git", "ls-files", "-z", "--", *under], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in names.split("\0") if name and (ROOT / name).is_file()]


def pins():
    found = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, version = line.split("==")
            found[canonicalize_name(name)] = version
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", "wheel", "-t", "sdist"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_the_wheel_has_every_file_of_the_package(wheel):
    missing = set(tracked("fluxlab")) - set(tracked(BUNDLE)) - set(wheel.namelist())
    assert not missing


def test_the_wheel_has_the_bundled_model_and_its_loras(wheel):
    names = wheel.namelist()
    for folder in ("fluxlab/models/nano/", "fluxlab/models/nano-schnell/", "fluxlab/models/loras/"):
        assert any(name.startswith(folder) and name.endswith(".safetensors") for name in names), folder


def test_the_wheel_has_nothing_but_the_package_its_metadata_and_what_jupyter_looks_for(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"fluxlab", f"fluxlab-{fluxlab.__version__}.dist-info", f"fluxlab-{fluxlab.__version__}.data"}
    assert not [name for name in wheel.namelist() if "__pycache__" in name]


def test_the_wheel_has_every_file_once(wheel):
    names = Counter(wheel.namelist())
    assert [name for name, count in names.items() if count > 1] == []
    contents = Counter(wheel.read(name) for name in names)
    twice = [name for name in names if contents[content := wheel.read(name)] > 1 and len(content) > 200]
    assert twice == []


def test_the_wheel_has_the_whole_extension_for_jupyterlab(wheel):
    place = f"fluxlab-{fluxlab.__version__}.data/data/share/jupyter/labextensions/fluxlab/"
    for name in tracked(BUNDLE):
        assert wheel.read(place + name.removeprefix(f"{BUNDLE}/")) == (ROOT / name).read_bytes(), name
    assert json.loads(wheel.read(f"{place}install.json"))["packageName"] == "fluxlab"


def test_front_end_and_package_have_one_version():
    assert json.loads((ROOT / "extension/package.json").read_text())["version"] == fluxlab.__version__
    assert json.loads((ROOT / BUNDLE / "package.json").read_text())["version"] == fluxlab.__version__


@pytest.fixture(scope="module")
def listed(built, tmp_path_factory):
    """What Jupyter lists in a Python that has the wheel, and all else from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    wheel = next(built.glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--quiet", str(wheel)], check=True, capture_output=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    # Without the .pth files in there, and so without the checkout of an editable install.
    (Path(packages) / "others.pth").write_text(sysconfig.get_path("purelib"))
    empty = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}

    def ask(module):
        command = [python, "-m", module, "list"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env={**kept, **empty}, cwd=folder)
        text = re.sub(r"\x1b\[\d*m", "", answer.stdout + answer.stderr)
        assert str(folder / "share" if "lab" in module else folder / "etc") in text, text
        return text

    return ask


def test_installing_the_wheel_enables_the_extension_of_jupyterlab(listed):
    text = listed("jupyterlab.labextensions")
    assert re.search(rf"\bfluxlab v{re.escape(fluxlab.__version__)} enabled OK", text), text


def test_installing_the_wheel_enables_the_extension_of_the_server(listed):
    text = listed("jupyter_server.extension.serverextension")
    assert re.search(r"\bfluxlab\.server enabled\n.*\n?\s*fluxlab\.server .*OK", text), text


def test_the_wheel_says_version_licence_and_command(wheel):
    info = f"fluxlab-{fluxlab.__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {fluxlab.__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert b"Apache License" in wheel.read(f"{info}/licenses/LICENSE")
    assert b"fluxlab = fluxlab.cli:main" in wheel.read(f"{info}/entry_points.txt")


def test_the_wheel_is_small(built):
    assert next(built.glob("*.whl")).stat().st_size < SIZE_MAX


def test_the_sdist_has_the_sources_and_no_leftovers(sdist):
    assert {"pyproject.toml", "LICENSE", "constraints.txt", "fluxlab/__init__.py"} <= sdist
    leftovers = re.compile(
        r"(^|/)(\.venv|\.git|\.fluxlab|__pycache__|\.\w+_cache|node_modules)(/|$)|^(demo|dist|build)/"
    )
    assert not [name for name in sdist if leftovers.search(name)]


def test_no_file_in_git_is_large():
    assert not [name for name in tracked() if (ROOT / name).stat().st_size > SIZE_MAX]


def declared():
    """The packages that the wheel asks for, and those that its extras for users add."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name != "dev"}
    plain, added = (
        {canonicalize_name(Requirement(line).name) for line in lines}
        for lines in (project["dependencies"], [line for lines in extras.values() for line in lines])
    )
    return plain, added


def imports(source):
    """The packages that a module imports, and whether inside of a function; what only types ask for is left out."""
    found = []

    def look(node, lazy):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for each in node.orelse:
                look(each, lazy)
            return
        if isinstance(node, ast.Import):
            found.extend((alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append((node.module, lazy))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            name = node.args[0]
            found.extend([(name.value, lazy)] if isinstance(name, ast.Constant) else [])
        for each in ast.iter_child_nodes(node):
            look(each, lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    look(ast.parse(source), lazy=False)
    tops = {(name.partition(".")[0], lazy) for name, lazy in found}
    return {(top, lazy) for top, lazy in tops if top not in {*sys.stdlib_module_names, "fluxlab"}}


@pytest.fixture(scope="module")
def imported():
    """The packages of every import in the wheel: where, and whether inside of a function."""
    of = packages_distributions()
    found = {}
    for name in tracked("fluxlab"):
        if name.endswith(".py"):
            for top, lazy in imports((ROOT / name).read_text(encoding="utf-8")):
                (package,) = {canonicalize_name(each) for each in of.get(top, [top])}
                found.setdefault(package, []).append((name, lazy))
    return found


def test_what_is_imported_is_what_these_tests_take_for_it():
    source = """
import os, numpy.linalg
from . import near
if TYPE_CHECKING:
    import never
else:
    import always
def later():
    from deep.inside import it
    class Inner:
        import deeper
    importlib.import_module("named.here")
"""
    assert imports(source) == {
        ("numpy", False), ("always", False), ("deep", True), ("deeper", True), ("named", True)
    }  # fmt: skip


def test_every_package_that_is_imported_is_declared(imported):
    """The test environment has far more than a user gets, so that nothing else would notice one that is missing."""
    plain, added = declared()
    undeclared = {package: where for package, where in imported.items() if package not in plain | added}
    assert undeclared == {}
    early = {
        package: [name for name, lazy in where if not lazy]
        for package, where in imported.items()
        if package not in plain
    }
    assert not any(early.values()), f"imported before anybody asks for what the extra is for: {early}"


def test_every_package_that_is_declared_is_used(imported):
    plain, added = declared()
    assert (plain | added) - imported.keys() == USED_BY_OTHERS.keys()


def test_constraints_are_plain_pins_in_order():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    names = [line.partition("==")[0] for line in lines]
    assert names == sorted(set(names))


def test_constraints_are_what_is_installed():
    wrong = {}
    for name, version in pins().items():
        try:
            installed = distribution(name).version
        except PackageNotFoundError:
            continue  # an extra that is not installed here
        if Version(installed).public != version:
            wrong[name] = f"{installed} instead of {version}"
    assert wrong == {}


def test_constraints_pin_all_that_fluxlab_and_its_tests_need():
    unpinned, seen, queue = set(), set(), [("fluxlab", frozenset({"", "dev"}))]
    while queue:
        name, extras = queue.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        if name not in {*pins(), *NOT_PINNED}:
            unpinned.add(name)
        for line in distribution(name).requires or ():
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                queue.append((canonicalize_name(need.name), frozenset({"", *need.extras})))
    assert unpinned == set()


def test_no_tracked_text_names_this_machine():
    pip = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    hosts = set(re.findall(r"https?://([\w.:-]+)", pip.stdout)) - {"pypi.org"}
    folders = {str(ROOT), sys.prefix, str(Path.home())}
    private = [re.escape(name) + r"(?![\w-])" for name in {*hosts, *folders}]
    private += [r"/home/\w+/", r"/Users/\w+/", r"/root/"]
    pattern = re.compile("|".join(private))
    found = []
    for name in tracked():
        if ROOT / name == Path(__file__):
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or weights
        found += [f"{name}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []
