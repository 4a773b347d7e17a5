"""The servers of one pytest process (with xdist, of one worker), and which of them a test gets."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Mapping, Sequence
from urllib.parse import quote

from .binary import find_binary
from .errors import TestimonyError
from .server import Server
from .session import Session

MODES = ("auto", "record", "replay")
#: Most bytes of a session's name as the name of a file.
LONGEST = 200


def is_ci(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether ``CI`` is set, and is neither empty, ``0`` nor ``false``."""
    return environment.get("CI", "").strip().lower() not in ("", "0", "false")


def session_name(text: str) -> str:
    """A name that has room in a file's name."""
    text = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text).strip()
    if len(quote(text, safe="-_.")) <= LONGEST:
        return text
    end = "~" + hashlib.sha256(text.encode()).hexdigest()[:12]
    while len(quote(text, safe="-_.")) + len(end) + 2 > LONGEST:
        text = text[:-1]
    return text + end


class Servers:
    """Starts a recorder and a replayer when a test first needs them."""

    def __init__(
        self,
        given: str | None,
        cassettes: Path,
        mode: str,
        directory: Path,
        record: Sequence[str],
        replay: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ):
        self._given = given
        self._arguments = {"record": record, "replay": replay}
        self._servers: dict[str, Server] = {}
        # As it was before a test changed it.
        self._environment = dict(os.environ if environment is None else environment)
        self._directory = directory
        self.cassettes = cassettes
        self.mode = mode

    def session(self, name: str, cassette: str | None, mode: str | None) -> Session:
        """The session of a test: replayed or recorded, as the mode has it."""
        mode = mode or self.mode
        if mode == "record":
            return self._of("record").session(name, cassette, "all")
        missing = None
        try:
            if self._any():
                session = self._of("replay").session(name, cassette)
                if session.exchanges or mode == "replay" or is_ci(self._environment):
                    return session
                # Nothing came of its recording: it is made again.
                session.stop()
        except TestimonyError as error:
            if error.word != "no-cassette":
                raise
            missing = error
        if mode == "auto" and not is_ci(self._environment):
            return self._of("record").session(name, cassette, "once")
        why = "in CI" if mode == "auto" else "in mode `replay`"
        hint = (
            "run the test where `CI` is not set and commit the cassette; `--testimony=record` records in CI, too"
            if mode == "auto"
            else "`--testimony=auto` records what is missing, `--testimony=record` records anew"
        )
        what = f"cassette `{cassette}`" if cassette else f"session `{name}`"
        raise TestimonyError(f"{self.cassettes}: no recording of {what}, and none is made {why}", hint) from missing

    def _any(self) -> bool:
        """Whether there is a recording at all: a server does not start without one."""
        return any(_holds(path) for path in self.cassettes.rglob("*.cassette"))

    def _of(self, engine: str) -> Server:
        server = self._servers.get(engine)
        if server is None:
            if engine == "record":
                self.cassettes.mkdir(parents=True, exist_ok=True)
            server = Server(
                find_binary(self._given, self._environment),
                engine,
                self.cassettes,
                self._arguments[engine],
                self._directory,
                self._environment,
            )
            self._servers[engine] = server
        return server

    def close(self) -> None:
        """Ends them."""
        servers, self._servers = self._servers, {}
        for server in servers.values():
            server.close()


def _holds(cassette: Path) -> bool:
    """Whether a cassette holds an exchange; what is no cassette is for the server to judge."""
    with cassette.open("rb") as file:
        begins = file.read(64 * 1024)
        return b'"exchange":' in begins or bool(file.read(1)) or b'"cassette":' not in begins
