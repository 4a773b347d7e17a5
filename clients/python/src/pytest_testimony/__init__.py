"""Record and replay the HTTP exchanges of each test, whatever client it uses.

The work is done by the binary ``testimony``: one server runs for all tests of a process, and each test
has a session of its own in it. ``plugin`` is the pytest plugin; ``Server`` and ``Session`` can be used
without it.
"""

from .binary import find_binary
from .errors import TestimonyError
from .server import Server
from .session import Session

__all__ = ["Server", "Session", "TestimonyError", "find_binary"]
