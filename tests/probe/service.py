"""A small store of crates on the standard library's server. It keeps its documentation, but for the faults that are
named as arguments. Prints its port first; `GET /__log` tells what was asked, `GET /__left` what is there."""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = set(sys.argv[1:])
LOCK = threading.Lock()
CRATES, LOG = {}, []
NOTES, REPORTS, JOBS, ASKED = {}, {}, {}, []
NEXT = [100]
TOKEN, READER = "t0ken-of-the-owner", "t0ken-of-a-reader"
ID = re.compile(r"^[0-9]{1,9}$")


class Refused(Exception):
    def __init__(self, status, message, **headers):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


def checked(body):
    try:
        value = json.loads(body.decode())
    except ValueError as error:
        if "500-for-400" in FAULTS:
            raise RuntimeError from error
        raise Refused(400, "the body is no JSON") from error
    if not isinstance(value, dict):
        raise Refused(400, "no object")
    for name in set(value) - {"name", "size", "kind", "tags", "note"}:
        raise Refused(400, f"unknown: {name}")
    for name in ("name", "size"):
        if name not in value:
            raise Refused(400, f"missing: {name}")
    name = value["name"]
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9-]+", name):
        raise Refused(400, "name")
    if not 3 <= len(name) or (len(name) > 24 and "long-name" not in FAULTS):
        raise Refused(400, "length of name")
    if "short-limit" in FAULTS and len(name) > 20:
        raise Refused(400, "name: at most 20 characters")
    size = value["size"]
    if isinstance(size, bool) or not isinstance(size, int) or not 10 <= size <= 100 or size % 10:
        raise Refused(400, "size")
    if "kind" in value and value["kind"] not in ("oak", "pine"):
        raise Refused(400, "kind")
    if "note" in value and (not isinstance(value["note"], str) or len(value["note"]) > 40):
        raise Refused(400, "note")
    tags = value.get("tags", [])
    if not isinstance(tags, list) or len(tags) > 3 or not all(isinstance(tag, str) for tag in tags):
        raise Refused(400, "tags")
    if len(set(tags)) != len(tags):
        raise Refused(400, "tags twice")
    return value


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, value, media="application/json", **headers):
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path == "/__log":
            return self.answer(200, LOG)
        if path == "/__left":
            return self.answer(200, [*CRATES.values(), *NOTES, *REPORTS])
        with LOCK:
            seen = {name.lower(): value for name, value in self.headers.items()}
            text = body[:200].decode(errors="replace")
            LOG.append({"method": self.command, "path": self.path, "headers": seen, "body": text})
            try:
                self.serve(path, query, body)
            except Refused as refused:
                media, value = "application/json", {"code": refused.status, "message": refused.message}
                if refused.status == 403 and "html-403" in FAULTS:
                    media, value = "text/html", b"<html><body>Forbidden</body></html>"
                if refused.status == 409 and "empty-409" in FAULTS:
                    value = None
                self.answer(refused.status, value, media, **refused.headers)
            except RuntimeError:
                self.answer(500, {"code": 500, "message": "internal"})

    do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = do_GET

    def allowed(self, *methods):
        if self.command not in methods:
            if "404-for-405" in FAULTS:
                raise Refused(404, "no such thing")
            raise Refused(405, "method", Allow=", ".join(methods))

    def who(self):
        token = self.headers.get("X-Auth-Token")
        if token is None and "no-token" in FAULTS:
            return TOKEN
        if token not in (TOKEN, READER):
            raise Refused(401, f"who is {token}?")
        return token

    def serve_versions(self, path, body):
        """Notes that only change for whoever names their version, a quota, and reports that take time."""
        if path == "/quota":
            ASKED.append(path)
            if len(ASKED) > 10:
                raise Refused(429, "ten are enough")
            return self.answer(200, {"asked": len(ASKED)})
        if path == "/reports" and self.command == "POST":
            NEXT[0] += 1
            JOBS[str(NEXT[0])] = 0
            return self.answer(202, {"job_id": str(NEXT[0])})
        kind, _, name = path[1:].partition("/")
        if kind == "jobs":
            if name not in JOBS:
                raise Refused(404, "no such job")
            JOBS[name] += 1
            if JOBS[name] < 2:
                return self.answer(200, {"status": "running"})
            if JOBS[name] == 2:
                REPORTS[f"report-{name}"] = True
            return self.answer(200, {"status": "done", "report_id": f"report-{name}"})
        if kind == "reports":
            if name not in REPORTS:
                raise Refused(404, "no such report")
            if self.command == "DELETE":
                del REPORTS[name]
                return self.answer(204, None)
            return self.answer(200, {"report_id": name})
        if path == "/notes":
            NEXT[0] += 1
            NOTES[str(NEXT[0])] = 1
            return self.answer(201, {"id": str(NEXT[0])}, ETag='"v1"')
        if name not in NOTES:
            raise Refused(404, "no such note")
        version = f'"v{NOTES[name]}"'
        if self.command == "GET":
            return self.answer(200, {"id": name}, ETag=version)
        wanted = self.headers.get("If-Match")
        if wanted is None:
            raise Refused(428, "which version?")
        if wanted not in (version, "*"):
            raise Refused(412, "another version")
        if self.command == "DELETE":
            del NOTES[name]
            return self.answer(204, None)
        if wanted == "*":
            raise Refused(412, "name the version")
        NOTES[name] += 1
        return self.answer(200, {"id": name}, ETag=f'"v{NOTES[name]}"')

    def serve(self, path, query, body):
        if "versions" in FAULTS:
            return self.serve_versions(path, body)
        if path == "/crates":
            self.allowed("GET", "POST")
            who = self.who()
            if self.command == "GET":
                limit = dict(pair.partition("=")[::2] for pair in query.split("&")).get("limit", "10")
                if not ID.match(limit) or not 1 <= int(limit) <= 50:
                    raise Refused(400, "limit")
                return self.answer(200, {"crates": list(CRATES.values())[: int(limit)]})
            if who == READER:
                raise Refused(403, f"{READER} makes nothing; {TOKEN} does")
            if self.headers.get("Content-Type", "").split(";")[0] != "application/json":
                raise Refused(415, "JSON alone")
            value = checked(body)
            if any(crate["name"] == value["name"] for crate in CRATES.values()):
                raise Refused(409, "the name is taken")
            NEXT[0] += 1
            crate = dict(value, id=NEXT[0])
            CRATES[str(NEXT[0])] = crate
            return self.answer(201, crate, Location=f"/crates/{NEXT[0]}")
        item = re.fullmatch(r"/crates/([^/]+)", path)
        if not item:
            raise Refused(404, "no such path")
        self.allowed("GET", "DELETE", "PUT")
        who = self.who()
        if not ID.match(item[1]):
            raise Refused(400, "no id")
        if item[1] not in CRATES:
            raise Refused(404, "no such crate")
        if self.command == "GET":
            return self.answer(200, CRATES[item[1]])
        if who == READER:
            raise Refused(403, "readers change nothing")
        if self.command == "PUT":
            if self.headers.get("Content-Type", "").split(";")[0] != "application/json":
                raise Refused(415, "JSON alone")
            CRATES[item[1]] = dict(checked(body), id=int(item[1]))
            return self.answer(200, CRATES[item[1]])
        del CRATES[item[1]]
        return self.answer(204, None)


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
print(server.server_address[1], flush=True)
server.serve_forever()
