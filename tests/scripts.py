"""Runs scripts of plain diffusers calls, each in a process of its own.

Importing diffusers takes longer than most of them, so that their processes are forked from one that has imported it,
and nothing of fluxlab. Read from standard input: one JSON list a line, of a script and the folder to run it in; written
to standard output: what it said, and how it ended.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path


class Scripts:
    """A process that scripts are forked from, begun with the first of them."""

    def __init__(self):
        self._process = None

    def run(self, text, folder):
        """Run a script in an empty folder; the paths of what it wrote."""
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._process = subprocess.Popen([sys.executable, __file__], text=True, **pipes)
        script = folder / "again.py"
        script.write_text(text, encoding="utf-8")
        place = folder / "elsewhere"
        place.mkdir()
        self._process.stdin.write(json.dumps([str(script), str(place)]) + "\n")
        self._process.stdin.flush()
        said, status = json.loads(self._process.stdout.readline())
        assert status == 0, said
        return list(place.iterdir())

    def close(self):
        if self._process is not None:
            self._process.communicate()


def _serve():
    import diffusers
    import torch

    # Names that diffusers imports when they are first asked for.
    assert diffusers.FluxPipeline, torch
    assert "fluxlab" not in sys.modules
    for line in sys.stdin:
        script, folder = json.loads(line)
        with tempfile.TemporaryFile() as said:
            pid = os.fork()
            if pid == 0:
                _become(script, folder, said.fileno())
            _, status = os.waitpid(pid, 0)
            said.seek(0)
            answer = json.dumps([said.read().decode(errors="replace")[-4000:], status])
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()


def _become(script, folder, said):
    status = 1
    try:
        for stream in (1, 2):
            os.dup2(said, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        sys.argv[:] = [script]
        sys.path[0] = str(Path(script).parent)
        runpy.run_path(script, run_name="__main__")
        status = 0
    except BaseException:  # noqa: BLE001  (it ends here, whatever it is)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
