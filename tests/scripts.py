"""Runs scripts that need diffusers, each in a process of its own.

Importing diffusers takes longer than most of them, so that their processes are forked from one that has imported it,
and nothing of fluxlab. Each line of its standard input is a JSON list of a script, the folder to run it in and the
environment; each line of its standard output is what the script said, and 0 where it went well.
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

    def run(self, script, folder):
        """Run a file in a folder, in this process's environment: what it said, and 0 where it went well."""
        if self._process is None:
            # What diffusers says when it is imported is nobody's.
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen([sys.executable, __file__], text=True, **pipes)
        try:
            self._process.stdin.write(json.dumps([str(script), str(folder), dict(os.environ)]) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except BaseException:
            # An answer that comes after a time limit must not be the next one's.
            self._process.kill()
            self.close()
            raise

    def close(self):
        if self._process is not None:
            self._process.communicate()
            self._process = None


def _serve():
    import diffusers
    import torch

    # Names that diffusers imports when they are first asked for.
    assert diffusers.FluxPipeline, torch
    assert "fluxlab" not in sys.modules
    for line in sys.stdin:
        with tempfile.TemporaryFile() as said:
            pid = os.fork()
            if pid == 0:
                sys.exit(_run(*json.loads(line), said.fileno()))
            _, status = os.waitpid(pid, 0)
            said.seek(0)
            answer = json.dumps([said.read().decode(errors="replace")[-6000:], status])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _run(script, folder, environment, said):
    for stream in (1, 2):
        os.dup2(said, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = [script]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    except BaseException:  # noqa: BLE001  (it is told, whatever it is)
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    _serve()
