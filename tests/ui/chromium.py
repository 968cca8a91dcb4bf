"""The browser: where it is found, and whether a machine without it may go without its tests."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: As root there is no sandbox; the rest keeps the browser from the network, the screen and a small /dev/shm.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MISSING = (
    f"the browser tests need Chromium, and none of {', '.join(NAMES)} is on PATH: "
    "install it (Debian: apt-get install chromium)."
)


def find():
    """The path of the browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def is_required():
    """Whether a missing browser is a fault: in CI, and wherever ``make test`` could have installed it."""
    return "CI" in os.environ or _can_be_installed()


def _can_be_installed():
    if shutil.which("apt-get") is None:
        return False
    if os.geteuid() == 0:
        return True
    return shutil.which("sudo") is not None and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0
