"""Runs the published cases of Prism's test harness against `testimony mock`.

    python3 tests/mock/prism.py target/debug/testimony FOLDER [NAME…]

FOLDER holds the cases (`test-harness/specs` of stoplightio/prism), or PRISM_SPECS names it. Each case is a document,
a command with curl, and what is expected of the answer. Held are status, media type, the headers that a document
promises, and the body: all of it where the case asks for all of it and the answer is the document's, its keys and
types elsewhere; of problems that no document has, status and media type. Prints each case that differs and the
share that does not; the exit status is 0 unless fewer than the share in PRISM_LEAST (percent) are reached.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

# What is another by intent, with the reason: `docs/mock.md`.
DELIBERATE = json.loads((Path(__file__).parent / "prism.json").read_text())
SECTION = re.compile(r"====(server|test|spec|command|expect|expect-loose|expect-keysOnly)====\r?\n", re.I)


def sections(text):
    parts = SECTION.split(text)
    return {name.lower(): value for name, value in zip(parts[1::2], parts[2::2])}


def answer_of(text):
    text = text.replace("\r\n", "\n").strip("\n")
    # Interim answers, and what curl shows of a redirect it follows.
    while text.startswith("HTTP/") and " 100" in text.split("\n", 1)[0]:
        text = text.split("\n\n", 1)[1]
    head, _, body = text.partition("\n\n")
    lines = head.split("\n")
    status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else None
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return status, headers, body.strip()


def media_type(headers):
    return headers.get("content-type", "").split(";")[0].strip().lower()


def as_json(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def kind(value):
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return type(value).__name__


def lacks(expected, found, written, at=""):
    """Keys that are missing, types that differ, and values that differ though the document says them."""
    if kind(expected) != kind(found):
        return [f"{at or 'body'}: {kind(found)}, not {kind(expected)}"]
    if isinstance(expected, dict):
        wrong = [f"{at}/{key}: missing" for key in expected if key not in found]
        for key in expected.keys() & found.keys():
            wrong += lacks(expected[key], found[key], written, f"{at}/{key}")
        return wrong
    if isinstance(expected, list):
        if expected and not found:
            return [f"{at or 'body'}: empty"]
        wrong = []
        for index, (left, right) in enumerate(zip(expected, found)):
            wrong += lacks(left, right, written, f"{at}/{index}")
        return wrong
    # What Prism makes up says nothing of what the document has.
    is_made_up = expected in (0, "string")
    if written is not None and not is_made_up and expected != found and str(expected) in written:
        return [f"{at or 'body'}: {found!r}, not {expected!r}"]
    return []


def said(document):
    """The values that stand in a document, without its schemas' types."""
    return re.sub(r"type\W+string", "", document)


def differences(case, output):
    expect = case.get("expect") or case.get("expect-loose") or case.get("expect-keysonly")
    status, headers, body = answer_of(expect)
    ours, our_headers, our_body = answer_of(output)
    if status != ours:
        return [f"status {ours}, not {status}: {our_body[:160]}"]
    wrong = []
    if media_type(headers) and media_type(headers) != media_type(our_headers):
        wrong.append(f"media type {media_type(our_headers)!r}, not {media_type(headers)!r}")
    for name in ("location", "www-authenticate", "allow", "deprecation", "sunset"):
        if name in headers and name not in our_headers:
            wrong.append(f"header {name} is missing")
    if "testimony-error" in our_headers:
        return wrong
    value, found = as_json(body), as_json(our_body)
    written = said(case["spec"]) if "expect" in case and ours < 400 else None
    if value is None:
        if body and not our_body:
            wrong.append("no body")
        elif "xml" in media_type(headers):
            wrong += elements(body, our_body)
        elif written is not None and body and body in written and body != our_body:
            wrong.append(f"body {our_body[:120]!r}, not {body[:120]!r}")
    elif "expect-keysonly" in case:
        if list(value) != list(found or {}):
            wrong.append(f"keys {list(found or {})}, not {list(value)}")
    else:
        wrong += lacks(value, found, written)
    return wrong


def elements(expected, found):
    """Elements that differ, by name and order; their values do not count."""
    def names(text):
        return [(e.tag, sorted(e.attrib)) for e in ElementTree.fromstring(text).iter()]
    try:
        return [] if names(expected) == names(found) else [f"elements of {found[:160]!r}, not {expected[:160]!r}"]
    except ElementTree.ParseError as error:
        return [] if expected == found else [f"XML: {error}"]


def options(server):
    if re.search(r"(^|\s)(-d|--dynamic)(\s|$)", server):
        return ["--dynamic"]
    return []


def run(binary, case, folder):
    server = case["server"].strip()
    if not server.startswith("mock"):
        return None
    document = Path(folder) / "document.yml"
    document.write_text(case["spec"])
    arguments = [binary, "mock", "--spec", str(document), *options(server)]
    mock = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = mock.stdout.readline()
        if "http://" not in line:
            return ["does not start: " + mock.stderr.read()[:300]]
        url = line.split()[-1]
        command = re.sub(r"http://(localhost|127\.0\.0\.1):4010", url, case["command"].strip())
        curl = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=300)
        return differences(case, curl.stdout)
    finally:
        mock.kill()
        mock.wait()


def main():
    binary, *rest = sys.argv[1:]
    folder = rest[0] if rest else os.environ.get("PRISM_SPECS")
    if not folder or not Path(folder).is_dir():
        print("skipped: PRISM_SPECS names no folder of cases")
        return 0
    wanted = rest[1:]
    reached, differing, deliberate, skipped = 0, 0, 0, 0
    names = [path.relative_to(folder).as_posix() for path in sorted(Path(folder).rglob("*.txt"))]
    names = [name for name in names if not wanted or any(word in name for word in wanted)]

    def tried(name):
        if any(part in name for part in DELIBERATE["parts"]):
            return ["another by intent"]
        try:
            with tempfile.TemporaryDirectory() as place:
                return run(binary, sections((Path(folder) / name).read_text()), place)
        except Exception as error:  # a case that can't be read is told
            return [f"{type(error).__name__}: {error}"]

    def is_deliberate(name):
        return name in DELIBERATE["cases"] or any(part in name for part in DELIBERATE["parts"])

    with ThreadPoolExecutor(4) as pool:
        for name, wrong in zip(names, pool.map(tried, names)):
            if wrong is None:
                skipped += 1
            elif not wrong:
                reached += 1
                if is_deliberate(name):
                    print(f"{name}: is reached, and listed as another by intent")
            elif is_deliberate(name):
                deliberate += 1
            else:
                differing += 1
                print(f"{name}: {'; '.join(wrong)}")
    total = reached + differing + deliberate
    share = 100 * reached / total if total else 0
    print(f"{reached} of {total} reached ({share:.1f} %), {deliberate} others by intent, {differing} differ; "
          f"{skipped} are of its proxy")
    return 0 if share >= float(os.environ.get("PRISM_LEAST", "0")) else 1


if __name__ == "__main__":
    sys.exit(main())
