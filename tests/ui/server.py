"""A JupyterLab of one's own: on the loopback, behind a token, with nothing of the machine's configuration."""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: ``make test`` puts the oldest supported generation of ipykernel here, beside the one that is pinned.
OLD_IPYKERNEL = Path(sys.prefix) / "ipykernel-6"
STARTUP_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """Where it is, and the folder whose notebooks it shows."""

    url: str
    token: str
    root: Path
    port: int


@contextmanager
def running(home, *, again=None, **more):
    """A server that ends with the context.

    ``home`` is an empty folder for all that it reads and writes; ``more`` are options of ``ServerApp``. With
    ``again``, a server of this home that has ended, the same one starts once more: pages that it had go on.
    """
    if again is None:
        _prepare(home)
    root = home / "notebooks"
    token = secrets.token_hex() if again is None else again.token
    port = _free_port() if again is None else again.port
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": root,
        "ServerApp.terminals_enabled": False,
        "IdentityProvider.token": token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "JupyterNotebookApp.expose_app_in_browser": True,
        **{f"ServerApp.{name}": value for name, value in more.items()},
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        command, cwd=root, env=_environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    log = []

    def follow():
        log.extend(process.stdout)

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        _wait_until_it_listens(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", token, root, port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(10)
        process.stdout.close()


def _prepare(home):
    """Its folder of notebooks, its settings, and the extensions of this checkout."""
    (home / "notebooks").mkdir(parents=True)
    settings = home / "settings" / "@jupyterlab"
    _write(
        settings / "apputils-extension/notification.jupyterlab-settings",
        {"fetchNews": "false", "checkForUpdates": False},
    )
    # A busy machine answers late, and one second is what JupyterLab waits.
    _write(settings / "completer-extension/manager.jupyterlab-settings", {"providerTimeout": 60_000})
    _write(home / "data/kernels/ipykernel-6/kernel.json", _old_kernel())
    _link(home / "share/labextensions/fluxlab", ROOT / "fluxlab/labextension")
    _link(home / "etc/jupyter_server_config.d", ROOT / "jupyter-config/server-config")


def _wait_until_it_listens(process, port, log):
    """Ask its port: Jupyter's "is running at" is printed before the socket listens."""
    until = time.monotonic() + STARTUP_SECONDS
    while True:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=STARTUP_SECONDS):
            # Whoever answered may be another one, and this server have ended because the port was taken.
            running = any("is running at" in line for line in log)
            if running:
                return
        assert time.monotonic() < until, f"JupyterLab does not start:\n{''.join(log)}"
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert process.returncode is None, f"JupyterLab has ended:\n{''.join(log)}"


def _environment(home):
    """Of the server and its kernels: this checkout, and no folder of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_", "FLUXLAB_"))}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_CONFIG_PATH": str(home / "etc"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_PATH": str(home / "share"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def _old_kernel():
    """The same Python with the same packages, but for ipykernel."""
    return {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (ipykernel 6)",
        "language": "python",
        "env": {"PYTHONPATH": f"{OLD_IPYKERNEL}{os.pathsep}${{PYTHONPATH}}"},
    }


def _write(path, content):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


def _link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target, target_is_directory=True)


def _free_port():
    """Below the ports that a system lends to whoever connects, such as a browser beside, before the server takes it."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
