"""What can go wrong, with what to do about it."""

from __future__ import annotations


class TestimonyError(Exception):
    """The message names the thing, says what is wrong, and ends with ``hint:`` where there is a next step."""

    __test__ = False  # Its name begins like that of a test.

    def __init__(self, message: str, hint: str | None = None, word: str | None = None):
        super().__init__(message if hint is None else f"{message}\nhint: {hint}")
        #: The word of the admin API for it (``no-cassette``), where it comes from there.
        self.word = word
