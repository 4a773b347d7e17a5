"""Where the binary is."""

from __future__ import annotations

import os
import shutil
from typing import Mapping

from .errors import TestimonyError

HINT = (
    "install it (`cargo install testimony`) and have it on the PATH, or say where it is: "
    "`--testimony-bin FILE`, or the variable TESTIMONY_BIN"
)


def find_binary(given: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """The binary that was given, or the one that ``TESTIMONY_BIN`` names, or the one on the ``PATH``."""
    for source, name in (("--testimony-bin", given), ("TESTIMONY_BIN", environment.get("TESTIMONY_BIN"))):
        if name:
            found = shutil.which(name)
            if found is None:
                raise TestimonyError(f"{source}: `{name}` is no program", HINT)
            return found
    found = shutil.which("testimony")
    if found is None:
        raise TestimonyError("the binary `testimony` was not found", HINT)
    return found
