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
            return self.answer(200, list(CRATES.values()))
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

    def serve(self, path, query, body):
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
