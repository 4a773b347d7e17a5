"""What the clients share: which codes to ask for, which way to call, and the check of each answer.

A client runs under `testimony record -- …`, which sets HTTPS_PROXY, REQUESTS_CA_BUNDLE and
TESTIMONY_URL. A success is what the mock answers to a good request; an error is asked of it with
`Prefer: code=NNN` (RFC 7240).
"""

import dataclasses
import os
import sys

import yaml


@dataclasses.dataclass(frozen=True)
class Way:
    """How a request reaches the recorder."""

    name: str
    #: Where the SDK believes the service to be.
    endpoint: str


def asked(code):
    """The headers that ask the mock for a code."""
    return {"Prefer": f"code={code}"} if code >= 400 else {}


def ways(host):
    """Through HTTPS_PROXY to the vendor's own host name, and through a base URL."""
    return Way("proxy", f"https://{host}"), Way("base URL", os.environ["TESTIMONY_URL"])


def documented(spec, operation, instead_of_default=()):
    """The codes that a spec documents for an operation; `default` stands for the given ones."""
    with open(spec, encoding="utf-8") as file:
        paths = yaml.safe_load(file)["paths"]
    for item in paths.values():
        for method in item.values():
            if isinstance(method, dict) and method.get("operationId") == operation:
                named = [int(code) for code in method["responses"] if code != "default"]
                rest = instead_of_default if "default" in method["responses"] else ()
                return sorted({*named, *rest})
    sys.exit(f"{spec}: no operation `{operation}`")


def call_each(operation, codes, host, call):
    """Calls once for each code, by turns in both ways; successes both ways.

    `call(way, code)` answers with the status that the SDK reported.
    """
    proxy, base = ways(host)
    plan = []
    for code in codes:
        if code < 400:
            plan += [(proxy, code), (base, code)]
        else:
            plan.append(((proxy, base)[len(plan) % 2], code))
    for way, code in plan:
        status = call(way, code)
        print(f"{operation}: {code} through {way.name}", file=sys.stderr)
        if status != code:
            sys.exit(f"{operation}: asked for {code} through {way.name}, the SDK saw {status}")
