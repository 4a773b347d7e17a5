"""Makes the fixtures of this folder with the tools that own the formats.

    python make.py OUT        in an environment with vcrpy, requests and mitmproxy

A small server on loopback answers; `depot.example` in the fixtures stands for its address, so that
they come out alike each time. `polly.mjs` makes the one of Polly.
"""
import gzip, http.server, os, pathlib, shutil, socket, subprocess, sys, threading, time

PNG = bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 1, 2, 3, 0xFF, 0xFE])


class Depot(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", kind="application/json", extra=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in extra:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/crates":
            self.answer(200, b'{"crates": [{"id": 20000000000000000001, "weight": 1.0}]}',
                        extra=[("Set-Cookie", "basket=b4sk3t-0f-p34rs"), ("Set-Cookie", "lang=en"), ("X-Rate-Left", "0755")])
        elif path == "/packed":
            self.answer(200, gzip.compress(b'{"packed": true, "note": "no"}', mtime=0), extra=[("Content-Encoding", "gzip")])
        elif path == "/label.png":
            self.answer(200, PNG, "image/png")
        elif path == "/umlaut":
            self.answer(200, "Grüße, 12:30\nyes\n".encode(), "text/plain; charset=utf-8")
        elif path == "/gone":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self.answer(404, b'{"error": "no such crate"}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/echo":
            self.answer(200, body, self.headers.get("Content-Type", "application/octet-stream"))
        else:
            self.answer(201, b'{"id": 7, "received": %d}' % len(body), extra=[("Location", "/crates/7")])

    def log_message(self, *_):
        pass


def requests_of(session, base):
    session.get(base + "/crates?page=1&kind=pear%20box", headers={"Authorization": "Bearer tok-4f9d2c7b1e8a6035"})
    session.post(base + "/crates", json={"name": "pears", "count": 3})
    session.post(base + "/crates", data={"name": "apples & pears", "count": "0755"})
    session.get(base + "/packed")
    session.get(base + "/label.png")
    session.post(base + "/echo", data=PNG, headers={"Content-Type": "image/png"})
    session.get(base + "/umlaut")
    session.get(base + "/nothing")


def named(path, base):
    """Replaces the server's address by a name of its length in URLs."""
    host = base.removeprefix("http://")
    name = b"depot.example"
    data = path.read_bytes()
    assert len(name) <= len(host)
    path.write_bytes(data.replace(host.encode(), name))


def main(out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Depot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    import requests, vcr

    for name, serializer, decode in [("vcrpy.yaml", "yaml", False), ("vcrpy-decoded.yaml", "yaml", True), ("vcrpy.json", "json", False)]:
        path = out / name
        path.unlink(missing_ok=True)
        with vcr.use_cassette(str(path), serializer=serializer, decode_compressed_response=decode):
            with requests.Session() as session:
                if serializer == "json":
                    session.get(base + "/crates?page=1", headers={"Authorization": "Bearer tok-4f9d2c7b1e8a6035"})
                    session.get(base + "/umlaut")
                else:
                    requests_of(session, base)
        named(path, base)

    flows, har = out / "mitmproxy.flows", out / "mitmproxy.har"
    flows.unlink(missing_ok=True)
    home = out / "home"
    port = int(os.environ.get("PROXY_PORT", "18321"))
    mitmdump = pathlib.Path(sys.executable).parent / "mitmdump"
    proxy = subprocess.Popen([mitmdump, "-q", "--listen-host", "127.0.0.1", "-p", str(port), "-w", flows,
                              "--set", f"hardump={har}", "--set", f"confdir={home}"])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": f"http://127.0.0.1:{port}"}
        requests_of(session, base)
        session.get(base + "/gone")
        session.get("http://127.0.0.1:9/refused")
    proxy.terminate()
    proxy.wait()
    named(har, base)
    # Lengths stand before texts in a flow file: the address stays as it is.
    (out / "mitmproxy.address").write_text(base.removeprefix("http://") + "\n")
    shutil.rmtree(home, ignore_errors=True)


main(sys.argv[1])
