"""The session of one test, and what fails it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Server

#: Most misses and unused exchanges that a text lists.
LISTED = 20


class Session:
    """What a test knows of its server: an address of its own."""

    def __init__(self, server: Server, report: dict[str, Any]):
        self._server = server
        #: Its name: the test's node id, unless the marker says otherwise.
        self.name: str = report["name"]
        #: Base URL, without a slash at its end, for clients that take one.
        self.url: str = report["proxy"]
        #: The cassette's file.
        self.cassette = Path(report["cassette"])
        #: Whether it records; else it replays.
        self.is_recording: bool = server.engine == "record"
        #: Exchanges that its cassette held when it began, in replay.
        self.exchanges: int = report["exchanges"]
        self._last = report
        self._running = True

    @property
    def proxy_url(self) -> str:
        """The proxy's URL, for ``http`` and ``https`` alike."""
        return self.url

    @property
    def proxies(self) -> dict[str, str]:
        """The proxy as requests takes it."""
        return {"http": self.url, "https": self.url}

    @property
    def ca_path(self) -> Path:
        """The certificate that clients of the proxy are to trust (PEM)."""
        return self._server.ca_path

    @property
    def bundle_path(self) -> Path:
        """The system's roots and that certificate, for clients that take one file (``verify=``)."""
        return self._server.bundle_path

    def variables(self) -> dict[str, str]:
        """Every variable by which clients find the proxy and trust it, for this session."""
        served, host = self._server.url, self._server.url.partition("://")[2]
        port, own = host.rpartition(":")[2], self.url.rpartition(":")[2]
        variables = {}
        for name, value in self._server.variables().items():
            # Java's options name host and port apart.
            value = value.replace(served, self.url).replace(f"proxyPort={port}", f"proxyPort={own}")
            variables[name] = value
        return variables

    def report(self) -> dict[str, Any]:
        """How it stands, as the admin API tells it; what it came to, once it was stopped."""
        if self._running:
            self._last = self._server.report(self.name)
        return self._last

    def stop(self) -> dict[str, Any]:
        """Ends it, and seals its cassette. Again, it answers the same."""
        if self._running:
            self._last = self._server.report(self.name, stop=True)
            self._running = False
        return self._last

    def fault(self, all_used: bool = False, allow_idle: bool = False) -> str | None:
        """Why its test fails: misses, or an error of its cassette, or a client that went past it."""
        report = self.report()
        if report["error"]:
            return str(report["error"])
        if report["missed"]:
            return _missed(self.cassette, report)
        asked = report["answered"] + (report["exchanges"] if self.is_recording else 0)
        if not asked and not allow_idle:
            return (
                f"{self.cassette}: no request came\n"
                "hint: does the client use the session's `url`, or the proxy of the environment? Else it "
                "spoke to the API itself; `allow_idle=True` lets a test ask for nothing"
            )
        if self.is_recording and report["exchanges"] and report["failures"] == report["exchanges"]:
            return (
                f"{self.cassette}: not one of {report['exchanges']} exchanges came to its end: the "
                "recording shows failures alone\nhint: is the upstream running, and its address right?"
            )
        if all_used and report["unused"]:
            return _unused(self.cassette, report)
        return None


def _missed(cassette: Path, report: dict[str, Any]) -> str:
    count = report["missed"]
    were = "1 request is" if count == 1 else f"{count} requests are"
    lines = [f"{cassette}: {were} not recorded"]
    for miss in report["misses"][:LISTED]:
        times = f" ({miss['times']} times)" if miss.get("times", 1) > 1 else ""
        lines.append(f"miss: {miss['method']} {miss['target']}: {miss['reason']}{times}")
        nearest = miss.get("nearest")
        if nearest:
            place = f"{nearest['cassette']} exchange {nearest['exchange']}"
            lines.append(f"  nearest: {place}: {nearest['method']} {nearest['target']}")
        for differing in miss.get("differences", []):
            sides = [f"{side} {_shown(differing[side])}" for side in ("recorded", "sent")]
            lines.append(f"  {differing['at']}: {', '.join(sides)}")
        if miss.get("hint"):
            lines.append(f"hint: {miss['hint']}")
    if count > LISTED:
        lines.append("…")
    return "\n".join(lines)


def _shown(value: str | None) -> str:
    return "(none)" if value is None else f"`{value}`"


def _unused(cassette: Path, report: dict[str, Any]) -> str:
    unused = report["unused"]
    lines = [f"{cassette}: {len(unused)} exchanges were not asked for"]
    for exchange in unused[:LISTED]:
        lines.append(f"  exchange {exchange['exchange']}: {exchange['method']} {exchange['target']}")
    return "\n".join(lines)
