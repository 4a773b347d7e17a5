"""The pytest plugin: the fixture ``testimony``, the marker of the same name, and the options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Generator

import pytest

from .errors import TestimonyError
from .servers import MODES, Servers, session_name
from .session import Session

SERVERS = pytest.StashKey["Servers"]()
ENTRY = pytest.StashKey["Entry"]()

MARKER = (
    "testimony(cassette=None, mode=None, all_used=False, allow_idle=False): record or replay the HTTP "
    "exchanges of this test"
)


class Entry:
    """The session of a test that runs, and what was said of it."""

    def __init__(self, session: Session, options: dict[str, Any]):
        self.session = session
        self.all_used = bool(options.get("all_used", False))
        self.allow_idle = bool(options.get("allow_idle", False))
        self.failed = False
        self.told: str | None = None

    def fault(self) -> str | None:
        return self.session.fault(self.all_used, self.allow_idle)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("testimony", "record and replay HTTP exchanges")
    group.addoption(
        "--testimony",
        choices=MODES,
        default=None,
        help="auto: replay, and record what is missing, never in CI (default); record: anew; replay: never record",
    )
    group.addoption("--testimony-bin", metavar="FILE", default=None, help="the binary `testimony`")
    group.addoption("--testimony-cassettes", metavar="FOLDER", default=None, help="where the cassettes are")
    group.addoption("--testimony-upstream", metavar="URL", default=None, help="where requests to the base URL go while recording")
    parser.addini("testimony_mode", "auto, record or replay", default="")
    parser.addini("testimony_cassettes", "folder of the cassettes, below the root", default="tests/cassettes")
    parser.addini("testimony_upstream", "where requests to the base URL go while recording", default="")
    parser.addini("testimony_record_args", "further arguments of `testimony record`", type="args", default=[])
    parser.addini("testimony_replay_args", "further arguments of `testimony replay`", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def _servers(config: pytest.Config) -> Servers:
    servers = config.stash.get(SERVERS, None)
    if servers is None:
        mode = (
            config.getoption("--testimony")
            or os.environ.get("TESTIMONY_MODE", "").strip()
            or config.getini("testimony_mode")
            or "auto"
        )
        if mode not in MODES:
            raise TestimonyError(f"`{mode}` is no mode", "`auto`, `record` or `replay`")
        folder = config.getoption("--testimony-cassettes")
        cassettes = Path(folder).absolute() if folder else config.rootpath / config.getini("testimony_cassettes")
        upstream = config.getoption("--testimony-upstream") or config.getini("testimony_upstream")
        record = [*(["--upstream", upstream] if upstream else []), *config.getini("testimony_record_args")]
        replay = list(config.getini("testimony_replay_args"))
        given = config.getoption("--testimony-bin")
        servers = Servers(given, cassettes, mode, config.rootpath, record, replay)
        config.stash[SERVERS] = servers
    return servers


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(SERVERS, None)
    if servers is not None:
        servers.close()


@pytest.fixture
def testimony(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[Session, None, None]:
    """The session of this test: recorded or replayed. The environment leads its clients there."""
    marker = request.node.get_closest_marker("testimony")
    options: dict[str, Any] = dict(marker.kwargs) if marker else {}
    unknown = set(options) - {"cassette", "mode", "all_used", "allow_idle"}
    if unknown or (marker and marker.args) or options.get("mode") not in (None, *MODES):
        pytest.fail(f"the marker is {MARKER.partition(':')[0]}", pytrace=False)
    try:
        servers = _servers(request.config)
        name = session_name(request.node.nodeid)
        session = servers.session(name, options.get("cassette"), options.get("mode"))
        variables = session.variables()
    except TestimonyError as error:
        pytest.fail(f"testimony: {error}", pytrace=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    entry = Entry(session, options)
    request.node.stash[ENTRY] = entry
    yield session
    _end(entry, servers.mode if options.get("mode") is None else options["mode"])


def _end(entry: Entry, mode: str) -> None:
    """Seals the cassette, and fails when something was missed since the test's own end."""
    try:
        entry.session.stop()
        fault = entry.fault()
    except TestimonyError as error:
        fault = str(error)
    if entry.session.is_recording and mode != "record" and (entry.failed or fault):
        _put_aside(entry.session.cassette)
    if fault is not None and fault != entry.told and not (entry.failed and entry.told is None):
        pytest.fail(f"testimony: {fault}", pytrace=False)


def _put_aside(cassette: Path) -> None:
    """Half a recording would fail the test from then on."""
    failed = cassette.with_name(cassette.name + ".failed")
    for ending in ("", ".bodies"):
        path, aside = Path(f"{cassette}{ending}"), Path(f"{failed}{ending}")
        if ending and aside.is_dir():
            for file in aside.iterdir():
                file.unlink()
            aside.rmdir()
        if path.exists():
            os.replace(path, aside)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with the marker has the fixture."""
    for item in items:
        if item.get_closest_marker("testimony") is not None:
            names = getattr(item, "fixturenames", None)
            if names is not None and "testimony" not in names:
                names.insert(0, "testimony")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test fails for its own misses, whatever its client made of them."""
    try:
        done = yield
    except pytest.skip.Exception:
        entry = item.stash.get(ENTRY, None)
        if entry is not None:
            entry.allow_idle = True
        raise
    except BaseException:
        entry = item.stash.get(ENTRY, None)
        if entry is not None:
            entry.failed = True
            entry.allow_idle = True
            fault = _told(entry)
            if fault is not None:
                item.add_report_section("call", "testimony", fault)
        raise
    entry = item.stash.get(ENTRY, None)
    if entry is not None:
        fault = _told(entry)
        if fault is not None:
            entry.failed = True
            pytest.fail(f"testimony: {fault}", pytrace=False)
    return done


def _told(entry: Entry) -> str | None:
    try:
        entry.told = entry.fault()
    except TestimonyError as error:
        entry.told = str(error)
    return entry.told
