"""What huggingface_hub asks of the Hugging Face hub, answered from folders on this machine."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def files_under(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def blob_name(path):
    """As the hub names it: large files by their SHA-256, small ones by git's SHA-1."""
    data = path.read_bytes()
    if path.suffix == ".safetensors":
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def tree_entry(folder, path):
    entry = {"type": "file", "path": path.relative_to(folder).as_posix(), "size": path.stat().st_size}
    name = blob_name(path)
    if len(name) == 64:
        entry["lfs"] = {"oid": name, "size": entry["size"], "pointerSize": 130}
    return {**entry, "oid": name[:40]}


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {**headers, "Content_Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.partition("?")[0].lstrip("/")
        self.server.asked.append(path)
        inside = path.removeprefix("api/models/")
        repo = "/".join(inside.split("/")[:2])
        if repo not in self.server.offered:
            self.answer(401, X_Error_Code="RepoNotFound")
            return
        folder, closed = self.server.offered[repo]
        what, revision, *file = inside.removeprefix(f"{repo}/").split("/", 2)
        if revision not in {"main", COMMIT}:
            self.answer(404, X_Error_Code="RevisionNotFound")
        elif what == "revision":
            self.answer(200, json.dumps({"id": repo, "sha": COMMIT, "siblings": []}).encode())
        elif what == "tree":
            self.answer(200, json.dumps([tree_entry(folder, each) for each in files_under(folder)]).encode())
        elif closed:
            self.answer(closed[0], X_Error_Code=closed[1])
        else:
            found = folder / file[0]
            self.answer(200, found.read_bytes(), ETag=f'"{blob_name(found)}"', X_Repo_Commit=COMMIT)


@contextmanager
def small_hub():
    """A server with ``offered``, folders and refusals by name, and ``asked``, the paths that were asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.offered, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
