"""A server of the binary: started once, ended with the process that started it."""

from __future__ import annotations

import http.client
import json
import os
import queue
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Mapping, Sequence
from urllib.parse import quote, urlsplit

from .errors import TestimonyError
from .session import Session

#: Longest wait for a server that starts or ends, in seconds.
PATIENCE = 60


class Server:
    """``testimony record`` or ``testimony replay`` over a folder of cassettes.

    It ends when :meth:`close` is called, and also when this process is killed: it reads our end of its
    standard input (``--until-eof``).
    """

    def __init__(
        self,
        binary: str,
        engine: str,
        cassettes: str | os.PathLike[str],
        arguments: Sequence[str] = (),
        directory: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ):
        self.binary = binary
        self.engine = engine
        self._directory = directory
        self._environment = dict(os.environ if environment is None else environment)
        self._variables: dict[str, str] | None = None
        self._stderr = tempfile.TemporaryFile()
        folder = os.path.join(os.fspath(cassettes), "")
        fixed = [engine, "--cassette", folder, "--listen", "127.0.0.1:0", "--admin", "0", "--until-eof"]
        self._process = self._start([*fixed, *arguments])
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        #: The URL of the server: base URL and proxy at once.
        self.url = self._address("listening on ")
        self._admin = urlsplit(self._address("admin on "))

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [self.binary, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                encoding="utf-8",
                cwd=self._directory,
                env=self._environment,
            )
        except OSError as error:
            raise TestimonyError(f"{self.binary}: {error}") from error

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put("")

    def _address(self, beginning: str) -> str:
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            line = ""
        if not line.startswith(beginning):
            self.close()
            said = self.said().strip() or f"it said `{line}`"
            raise TestimonyError(f"`testimony {self.engine}` did not start: {said}")
        return line[len(beginning) :]

    def said(self) -> str:
        """What the server said on its standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")

    @property
    def is_running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the admin API; past every proxy, for nothing but the address decides."""
        connection = http.client.HTTPConnection(self._admin.hostname or "", self._admin.port, timeout=PATIENCE)
        try:
            sent = None if body is None else json.dumps(body).encode()
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = self.said().strip()
            raise TestimonyError(f"`testimony {self.engine}` does not answer: {error}\n{said}".strip()) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise TestimonyError(told.get("detail") or answer.reason, told.get("hint"), told.get("error"))
        return told

    def session(self, name: str, cassette: str | None = None, mode: str | None = None) -> Session:
        """Starts a session with a port of its own. ``cassette`` is a path below the folder, ``mode`` the
        recorder's."""
        order: dict[str, Any] = {"name": name, "port": True}
        if cassette is not None:
            order["cassette"] = cassette
        if mode is not None:
            order["mode"] = mode
        return Session(self, self.ask("POST", "/testimony/sessions", order))

    def report(self, name: str, stop: bool = False) -> dict[str, Any]:
        """How a session stands, or what it came to."""
        return self.ask("DELETE" if stop else "GET", "/testimony/sessions/" + quote(name, safe=""))

    def variables(self) -> dict[str, str]:
        """Every variable by which clients find the proxy and trust it, for this server."""
        if self._variables is None:
            trusted = self._run("ca", "trust", "--format", "json", "--proxy", urlsplit(self.url).netloc)
            self._trust = json.loads(trusted)
            self._variables = {}
            for client in self._trust["clients"]:
                self._variables.update(client["variables"])
        return dict(self._variables)

    @property
    def ca_path(self) -> Path:
        """The certificate that clients of the proxy are to trust (PEM)."""
        self.variables()
        return Path(self._trust["certificate"])

    @property
    def bundle_path(self) -> Path:
        """The system's roots and that certificate, for clients that take one file."""
        self.variables()
        return Path(self._trust["bundle"])

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.binary, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self._directory,
            env=self._environment,
            timeout=PATIENCE,
        )
        if done.returncode != 0:
            raise TestimonyError(done.stderr.strip() or f"`testimony {arguments[0]}` ended with {done.returncode}")
        return done.stdout

    def close(self) -> int:
        """Ends the server, as by SIGTERM: cassettes are sealed. Answers with its exit code."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            pass
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
