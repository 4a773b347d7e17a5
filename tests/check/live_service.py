"""A service with a state, on the standard library's server: every run makes up ids and tokens of its own.
Prints its port, and each request as a line of JSON."""

import base64
import json
import secrets
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
TOKEN = secrets.token_urlsafe(24)
JOBS, USES = {}, {}
TURNS = {"/v1/busy": int(sys.argv[1]) if len(sys.argv) > 1 else 0}
FAILS = set(sys.argv[2:])
NEXT = uuid.uuid4().int % 900 + 100


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value, **headers):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        with LOCK:
            seen = {name.lower(): value for name, value in self.headers.items()}
            line = {"method": self.command, "path": self.path, "headers": seen, "body": body}
            print(json.dumps(line), flush=True)
            self.serve(body)

    do_POST = do_DELETE = do_GET

    def serve(self, body):
        global NEXT
        path, method = self.path.split("?")[0], self.command
        if path in FAILS:
            return self.answer(503, {"error": "busy"})
        if path == "/v1/login":
            return self.answer(200, {"token": TOKEN})
        if path == "/oauth/token":
            return self.token(body)
        if path == "/v1/owned":
            return self.owned()
        if path == "/v1/gate":
            return self.answer(429, {"error": "slow down"})
        if path == "/v1/busy":
            left = TURNS[path]
            TURNS[path] = left - 1
            if left > 0:
                return self.answer(429, {"error": "slow down"}, Retry_After="0")
            return self.answer(200, {"ok": True})
        if path == "/v1/open":
            return self.answer(200, {"ok": True})
        if self.headers.get("X-Auth-Token") != TOKEN:
            return self.answer(401, {"error": "who are you?"})
        if path == "/v1/jobs" and method == "POST":
            NEXT += 1
            job = {"job_id": str(uuid.uuid4()), "number": NEXT, "id": NEXT, "state": "new"}
            JOBS[job["job_id"]] = JOBS[str(NEXT)] = job
            return self.answer(201, job, Location=f"/v1/jobs/{NEXT}")
        name = path.rsplit("/", 1)[-1]
        if name not in JOBS:
            return self.answer(404, {"error": "no such job"})
        if method == "DELETE":
            del JOBS[name]
            return self.answer(204, None)
        return self.answer(200, JOBS[name])

    def token(self, body):
        basic = "Basic " + base64.b64encode(b"client-7:pass%2Bword-9").decode()
        refreshed = f"refresh_token={USES.get('refresh')}" in body
        if self.headers.get("Authorization") != basic:
            return self.answer(401, {"error": "invalid_client"})
        if "grant_type=client_credentials" not in body and not refreshed:
            return self.answer(400, {"error": "invalid_grant"})
        value = secrets.token_urlsafe(20)
        USES.clear()
        USES.update({"value": value, "left": 2, "refresh": secrets.token_urlsafe(20)})
        answer = {"access_token": value, "expires_in": 3600, "refresh_token": USES["refresh"]}
        return self.answer(200, answer)

    def owned(self):
        """A token holds for two requests."""
        if self.headers.get("Authorization") != f"Bearer {USES.get('value')}" or not USES["left"]:
            return self.answer(401, {"error": "who are you?"})
        USES["left"] -= 1
        return self.answer(200, {"token_seen": self.headers["Authorization"].split()[1]})


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
print(server.server_address[1], flush=True)
server.serve_forever()
