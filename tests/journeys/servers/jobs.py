"""Jobs that take their time, lists in pages, and refusals that pass: python3 jobs.py

Prints its port, and ends with its standard input. Ids and cursors are new in every run.
"""

import email.utils
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse
import uuid

LOCK = threading.Lock()
PROJECTS, JOBS, CURSORS = {}, {}, {}
STATES = ["QUEUED", "RUNNING", "SUCCEEDED"]
# Refusals by what is asked and by the project: a rate's limit first, then an overload that says a date.
REFUSED = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def answer(self, status, told=None, **headers):
        body = b"" if told is None else json.dumps(told).encode()
        head = [f"HTTP/1.1 {status} Depot", f"Date: {self.date_time_string()}", f"X-Request-Id: {uuid.uuid4()}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if status != 204:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        self.wfile.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def refuse(self, key, times):
        """Refuses so many times before it lets through."""
        seen = REFUSED[key] = REFUSED.get(key, 0) + 1
        if seen > times:
            return False
        if seen == 1:
            self.answer(429, {"error": "slow down", "id": uuid.uuid4().hex}, Retry_After="1")
        else:
            soon = email.utils.formatdate(time.time() + 1, usegmt=True)
            self.answer(503, {"error": "overloaded"}, Retry_After=soon)
        return True

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        told = json.loads(self.rfile.read(length)) if length else None
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with LOCK:
            for method, pattern, function in ROUTES:
                if method == self.command and (found := re.fullmatch(pattern, url.path)):
                    return function(self, told, query, *found.groups())
            self.answer(404, {"error": "no such thing"})

    do_GET = do_POST = do_DELETE = do_PUT = handle_any


def create(handler, told, query):
    # The first try of each test is refused; tests are told apart by what they say of themselves.
    if handler.refuse(("create", told["name"], handler.headers["X-Test"]), 1):
        return
    made = uuid.uuid4().hex
    items = [f"{told['name']} {number}" for number in range(10)]
    PROJECTS[made] = {"id": made, "name": told["name"], "items": items, "sealed": False}
    handler.answer(201, {"id": made, "name": told["name"]}, Location=f"/v1/projects/{made}")


def start(handler, told, query, project):
    made = str(uuid.uuid4())
    JOBS[made] = {"id": made, "project": project, "kind": told["kind"], "looks": 0}
    handler.answer(202, {"job_id": made})


def look(handler, told, query, job):
    found = JOBS[job]
    state = STATES[min(found["looks"] // 2, 2)]
    found["looks"] += 1
    result = {"result": f"{found['project']}/{uuid.uuid4().hex[:8]}"} if state == "SUCCEEDED" else {}
    handler.answer(200, {"id": job, "status": state, "kind": found["kind"], "looks": found["looks"], **result})


def pages(handler, told, query, project):
    start = CURSORS[query["cursor"]] if "cursor" in query else 0
    end = start + int(query["limit"])
    page = {"items": PROJECTS[project]["items"][start:end], "next": None}
    if end < 10:
        page["next"] = uuid.uuid4().hex
        CURSORS[page["next"]] = end
    handler.answer(200, page)


def seal(handler, told, query, project):
    if not handler.refuse(("seal", project), 2):
        PROJECTS[project]["sealed"] = True
        handler.answer(200, {"sealed": True, "by": uuid.uuid4().hex})


def show(handler, told, query, project):
    found = PROJECTS.get(project)
    if not found:
        return handler.answer(404, {"error": "no such project"})
    handler.answer(200, {"id": found["id"], "name": found["name"], "sealed": found["sealed"]})


def drop(handler, told, query, project):
    handler.answer(204 if PROJECTS.pop(project, None) else 404)


def status(handler, told, query):
    handler.answer(200, {"status": "up", "states": STATES})


ROUTES = [
    ("GET", "/v1/status", status),
    ("POST", "/v1/projects", create),
    ("GET", "/v1/projects/([^/]+)", show),
    ("DELETE", "/v1/projects/([^/]+)", drop),
    ("POST", "/v1/projects/([^/]+)/jobs", start),
    ("GET", "/v1/jobs/([^/]+)", look),
    ("GET", "/v1/projects/([^/]+)/items", pages),
    ("PUT", "/v1/projects/([^/]+)/seal", seal),
]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
