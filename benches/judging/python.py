"""openapi-core and Schemathesis' checks of responses, on FOLDER/cases.json: which exchanges each reports."""

import base64
import datetime
import json
import pathlib
import sys
import urllib.parse

import requests
import yaml

folder, document = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
cases = json.loads((folder / "cases.json").read_text())
decoded = lambda text: base64.b64decode(text)
CODING = ["wrong-coding", "unknown-coding"]
found = {}


def lower(pairs):
    return {name.lower(): value for name, value in pairs}


def openapi_core():
    from openapi_core import OpenAPI
    from openapi_core.testing import MockRequest, MockResponse

    openapi = OpenAPI.from_dict(yaml.safe_load(document.read_text()))
    reported = []
    for case in cases:
        url = urllib.parse.urlsplit(case["url"])
        headers, answered = lower(case["headers"]), lower(case["response_headers"])
        request = MockRequest(
            f"{url.scheme}://{url.netloc}", case["method"].lower(), url.path,
            args=dict(urllib.parse.parse_qsl(url.query)), headers=headers,
            data=decoded(case["body"]), content_type=headers.get("content-type", ""),
        )
        response = MockResponse(
            decoded(case["response_plain"]), status_code=case["status"], headers=answered,
            content_type=answered.get("content-type", ""),
        )
        try:
            if case["status"] < 400:
                openapi.validate_request(request)
            openapi.validate_response(request, response)
        except Exception:
            reported.append(case["exchange"])
    found["openapi-core"] = {"found": reported, "blind": CODING}


def schemathesis():
    import schemathesis
    from schemathesis.checks import CHECKS, load_all_checks
    from schemathesis.core.transport import Response

    load_all_checks()
    names = ["status_code_conformance", "content_type_conformance", "response_headers_conformance",
             "response_schema_conformance"]
    checks = [CHECKS.get_one(name) for name in names]
    schema = schemathesis.openapi.from_dict(yaml.safe_load(document.read_text()))
    reported = []
    for case in cases:
        url = urllib.parse.urlsplit(case["url"])
        path = url.path.removeprefix("/v1")
        operation = None
        for result in schema.get_all_operations():
            candidate = result.ok()
            parts, template = path.split("/"), candidate.path.split("/")
            fits = len(parts) == len(template) and all(t.startswith("{") or t == p for p, t in zip(parts, template))
            if fits and candidate.method.upper() == case["method"].upper():
                operation = candidate
                values = {t.strip("{}"): p for p, t in zip(parts, template) if t.startswith("{")}
        if operation is None:
            # It sends requests of its own, and has no word for one that it does not know.
            continue
        prepared = requests.Request(case["method"], case["url"], headers=dict(case["headers"])).prepare()
        answered = {name: [value] for name, value in lower(case["response_headers"]).items()}
        response = Response(
            status_code=case["status"], headers=answered, content=decoded(case["response_plain"]),
            request=prepared, elapsed=0.1, verify=False,
        )
        try:
            operation.Case(path_parameters=values).validate_response(response, checks=checks)
        except BaseExceptionGroup:
            reported.append(case["exchange"])
        except Exception as error:
            print(f"schemathesis: {case['exchange']}: {type(error).__name__}: {error}", file=sys.stderr)
            reported.append(case["exchange"])
    found["Schemathesis' checks"] = {"found": reported, "blind": CODING}


openapi_core()
schemathesis()
(folder / "python.found.json").write_text(json.dumps(found))
