"""A server without the plugin, and its end."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from pytest_testimony import Server, TestimonyError, find_binary
from pytest_testimony.servers import LONGEST, is_ci, session_name


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        return answer.read()


def test_a_server_records_and_replays(tmp_path, api, binary):
    folder = tmp_path / "cassettes"
    with Server(binary, "record", folder, ["--upstream", api.url], tmp_path) as server:
        session = server.session("one")
        get(session.url + "/x")
        assert session.stop()["exchanges"] == 1 and session.fault() is None
        assert session.variables()["HTTPS_PROXY"] == session.url
        assert session.ca_path.is_file() and session.bundle_path.is_file()
    assert not server.is_running
    with Server(binary, "replay", folder, directory=tmp_path) as server:
        session = server.session("again", "one.cassette")
        assert b'"/x"' in get(session.url + "/x")
        with pytest.raises(TestimonyError, match="no-such") as error:
            server.session("no-such")
        assert error.value.word == "no-cassette"
    assert server.close() == 0


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A child of init's that nobody has waited for yet is dead all the same.
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_server_does_not_outlive_its_parent(tmp_path, api, binary):
    code = (
        "import sys, time; from pytest_testimony import Server\n"
        "server = Server(sys.argv[1], 'record', sys.argv[2], ['--upstream', sys.argv[3]], sys.argv[2])\n"
        "server.session('one'); print(server._process.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, binary, str(tmp_path), api.url], stdout=subprocess.PIPE, text=True
    )
    server = int(parent.stdout.readline())
    assert alive(server)
    parent.kill()
    parent.wait()
    end = time.monotonic() + 60
    while alive(server):
        assert time.monotonic() < end, "the server lingers"
        time.sleep(0.02)
    # And it ended well: the cassette is sealed.
    assert (tmp_path / "one.cassette").read_text().endswith('{"end": true, "exchanges": 0}\n')


def test_names_have_room():
    assert session_name("tests/test_a.py::test_x[1]") == "tests/test_a.py::test_x[1]"
    long, other = session_name("x" * 5000 + "1"), session_name("x" * 5000 + "2")
    assert long != other and len(long) <= LONGEST
    assert session_name("a\nb\t") == "a b"


def test_ci():
    for value, is_set in (("", False), ("0", False), ("False", False), ("true", True), ("1", True), ("yes", True)):
        assert is_ci({"CI": value}) is is_set, value
    assert not is_ci({})


def test_where_the_binary_is(tmp_path):
    with pytest.raises(TestimonyError, match="hint: install it"):
        find_binary(None, {"TESTIMONY_BIN": str(tmp_path / "none")})
    own = tmp_path / "testimony"
    own.write_text("")
    own.chmod(0o755)
    assert find_binary(None, {"TESTIMONY_BIN": str(own)}) == str(own)
