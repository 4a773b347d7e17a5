"""What the tests share: the binary, an API that counts, and a project whose tests use the plugin."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_testimony import find_binary


class Api(BaseHTTPRequestHandler):
    """Answers `GET /PATH` with the path and how often it was asked; a POST with what was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        counts = self.server.counts
        counts[self.path] = counts.get(self.path, 0) + 1
        self.reply({"path": self.path, "times": counts[self.path]})

    def do_POST(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.counts[self.path] = self.server.counts.get(self.path, 0) + 1
        self.reply({"sent": sent.decode()})

    def reply(self, body):
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    server.counts = {}
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def binary():
    return find_binary()


@pytest.fixture
def project(pytester, monkeypatch, api, binary):
    """A project whose tests record from the API."""
    for name in ("CI", "TESTIMONY_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TESTIMONY_BIN", binary)
    monkeypatch.setenv("API", api.url)
    # The plugin under test is this one, wherever pytest is started.
    pytester.makeini(f"[pytest]\naddopts = -p no:cacheprovider\ntestimony_upstream = {api.url}\n")
    return pytester


def cassettes(project):
    folder = project.path / "tests" / "cassettes"
    return sorted(os.listdir(folder)) if folder.is_dir() else []
