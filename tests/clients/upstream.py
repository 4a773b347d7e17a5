"""The API that the clients talk to, and a git server: python3 upstream.py CERTIFICATE KEY VISIT [REPOSITORIES]

Prints its port, and ends with its standard input. VISIT is the first of the numbers by which answers
to the same request differ.
"""

import gzip
import hashlib
import http.server
import itertools
import json
import os
import ssl
import subprocess
import sys
import threading

import packages

VISITS = itertools.count(int(sys.argv[3]))
REPOSITORIES = sys.argv[4] if len(sys.argv) > 4 else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def body(self):
        """The request's body, with or without a length."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(pieces)

    def answer(self, status, body=b"", media_type="application/json", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.startswith("/git/"):
            self.git(path, query)
        elif path == "/items":
            self.answer(200, {"query": query, "items": ["screw", "Mutter"], "visit": next(VISITS)})
        elif path == "/moved":
            self.answer(302, b"", Location="/items/7")
        elif path == "/items/7":
            self.answer(200, {"id": 7, "name": "räksmörgås"})
        elif path == "/zipped":
            body = gzip.compress(json.dumps({"zipped": "squeeze " * 40}).encode(), mtime=0)
            self.answer(200, body, Content_Encoding="gzip")
        elif path == "/stream":
            self.stream()
        elif found := packages.find(path):
            self.answer(200, *found)
        elif path == "/plain":
            self.answer(200, b"plain and simple", "text/plain")
        else:
            self.answer(404, {"error": "no such item"}, "application/problem+json")

    do_HEAD = do_GET

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in b"one ", b"two ", b"three":
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self):
        path, _, query = self.path.partition("?")
        if path.startswith("/git/"):
            self.git(path, query)
        else:
            item = json.loads(self.body())
            self.answer(201, {"id": 7, "visit": next(VISITS), **item}, Location="/items/7")

    def do_PUT(self):
        body = self.body()
        self.answer(200, {"bytes": len(body), "check": hashlib.md5(body).hexdigest()[:8]})

    def do_DELETE(self):
        self.answer(204)

    def git(self, path, query):
        body = self.body()
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": REPOSITORIES,
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "somebody",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path.removeprefix("/git"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        command = ["git", "http-backend"]
        done = subprocess.run(command, input=body, env=variables, stdout=subprocess.PIPE)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def finish_request(self, request, address):
        # Here, not where connections are accepted: a handshake must hold up nobody else.
        with CONTEXT.wrap_socket(request, server_side=True) as secured:
            secured.settimeout(300)
            super().finish_request(secured, address)

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], (OSError, ssl.SSLError)):
            super().handle_error(request, address)


CONTEXT = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
CONTEXT.load_cert_chain(sys.argv[1], sys.argv[2])
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
