"""A small service with a state: things are created, become ready, are listed and deleted. Prints its port.

A key is asked to come again once; who comes again with it gets one and the same thing.
"""

import gzip
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LOCK = threading.Lock()
THINGS, BY_KEY, REFUSED, GONE = {}, {}, set(), set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, status, value=None, headers=()):
        body = b"" if value is None else json.dumps(value).encode()
        if "gzip" in self.headers.get("Accept-Encoding", "") and isinstance(value, list):
            body = gzip.compress(body)
            headers = [*headers, ("Content-Encoding", "gzip")]
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        if value is not None:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        with LOCK:
            if key not in REFUSED:
                REFUSED.add(key)
                return self.tell(503, {"error": "later"}, [("Retry-After", "0")])
            if key not in BY_KEY:
                thing = {"id": uuid.uuid4().hex, "polls": 0, **body}
                BY_KEY[key] = thing
                THINGS[thing["id"]] = thing
            thing = dict(BY_KEY[key])
        thing.pop("polls")
        headers = [("Location", f"/things/{thing['id']}"), ("X-Echo", f"named {thing['name']}")]
        self.tell(201, {**thing, "state": "pending", "note": f"{thing['name']} is made"}, headers)

    def do_GET(self):
        path, query = urlsplit(self.path)[2:4]
        with LOCK:
            if path == "/things":
                (name,) = parse_qs(query)["name"]
                found = [{"id": t["id"], "name": t["name"]} for t in THINGS.values() if t["name"] == name]
                return self.tell(200, found)
            thing = THINGS.get(path.rsplit("/", 1)[1])
            if thing is None:
                return self.tell(404, {"error": "no such thing"})
            thing["polls"] += 1
            state = "pending" if thing["polls"] <= thing["size"] % 3 else "ready"
            self.tell(200, {"id": thing["id"], "name": thing["name"], "state": state})

    def do_DELETE(self):
        with LOCK:
            known = THINGS.pop(self.path.rsplit("/", 1)[1], None)
        self.tell(204 if known else 404, None if known else {"error": "no such thing"})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
