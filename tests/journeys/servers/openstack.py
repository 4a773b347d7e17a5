"""A cloud with what openstacksdk asks of Keystone, Glance and Nova: python3 openstack.py

Prints its port, and ends with its standard input. Tokens, ids and dates are new in every run; servers are built in
three looks, lists come in pages.
"""

import datetime
import hashlib
import http.server
import json
import re
import sys
import threading
import urllib.parse
import uuid

BASE = "https://depot.example"
LOCK = threading.Lock()
TOKENS, IMAGES, SERVERS, KEYS = {}, {}, {}, {}
PROJECT = uuid.uuid4().hex


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def endpoint(kind, name, path):
    end = {"id": uuid.uuid4().hex, "interface": "public", "region": "depot", "region_id": "depot", "url": BASE + path}
    return {"type": kind, "name": name, "id": uuid.uuid4().hex, "endpoints": [end]}


CATALOG = [
    endpoint("identity", "keystone", "/identity/v3"),
    endpoint("image", "glance", "/image"),
    endpoint("compute", "nova", "/compute/v2.1"),
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, told=None, **headers):
        body = b"" if told is None else told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("x-openstack-request-id", f"req-{uuid.uuid4()}")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
            headers.get("Content_Type") or self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def read(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.content = self.read()
        with LOCK:
            for method, pattern, function in ROUTES:
                found = re.fullmatch(pattern, url.path)
                if found and method in (self.command, "GET" if self.command == "HEAD" else ""):
                    if "/identity" not in url.path and function is not versions:
                        if self.headers.get("X-Auth-Token") not in TOKENS:
                            return self.answer(401, {"error": {"code": 401, "title": "Unauthorized"}})
                    return function(self, *found.groups())
            self.answer(404, {"itemNotFound": {"code": 404, "message": f"no {url.path}"}})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any


def versions(handler, what):
    link = [{"rel": "self", "href": f"{BASE}/{what}/v2.1/" if what == "compute" else f"{BASE}/{what}/v2/"}]
    if what == "identity":
        link = [{"rel": "self", "href": f"{BASE}/identity/v3/"}]
        version = {"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "links": link}
        handler.answer(300, {"versions": {"values": [version]}})
    elif what == "image":
        handler.answer(300, {"versions": [{"id": "v2.9", "status": "CURRENT", "links": link}]})
    else:
        version = {"id": "v2.1", "status": "CURRENT", "version": "2.90", "min_version": "2.1", "links": link}
        handler.answer(200, {"versions": [version]})


def version(handler):
    link = [{"rel": "self", "href": f"{BASE}/identity/v3/"}]
    handler.answer(200, {"version": {"id": "v3.14", "status": "stable", "links": link}})


def compute(handler):
    link = [{"rel": "self", "href": f"{BASE}/compute/v2.1/"}]
    found = {"id": "v2.1", "status": "CURRENT", "version": "2.90", "min_version": "2.1", "links": link}
    handler.answer(200, {"version": found})


def authenticate(handler):
    identity = json.loads(handler.content)["auth"]["identity"]
    if identity["password"]["user"]["password"] == "wrong":
        return handler.answer(401, {"error": {"code": 401, "message": "not you", "title": "Unauthorized"}})
    name = uuid.uuid4().hex + uuid.uuid4().hex
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)
    TOKENS[name] = {
        "methods": ["password"],
        "user": {"id": uuid.uuid4().hex, "name": "keeper", "domain": {"id": "default", "name": "Default"}},
        "project": {"id": PROJECT, "name": "depot", "domain": {"id": "default", "name": "Default"}},
        "audit_ids": [uuid.uuid4().hex[:22]],
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        "issued_at": now(),
        "roles": [{"id": uuid.uuid4().hex, "name": "member"}],
        "catalog": CATALOG,
    }
    handler.answer(201, {"token": TOKENS[name]}, X_Subject_Token=name)


def images(handler):
    wanted = handler.query.get("name")
    marker, limit = handler.query.get("marker"), int(handler.query.get("limit", 2))
    found = [image for image in IMAGES.values() if wanted in (None, image["name"])]
    ids = [image["id"] for image in found]
    start = ids.index(marker) + 1 if marker else 0
    page = found[start : start + limit]
    told = {"images": page, "first": "/v2/images", "schema": "/v2/schemas/images"}
    if start + limit < len(found):
        told["next"] = f"/v2/images?marker={page[-1]['id']}&limit={limit}"
    handler.answer(200, told)


def create_image(handler):
    asked = json.loads(handler.content)
    made = {"id": str(uuid.uuid4()), "status": "queued", "created_at": now(), "updated_at": now(), "size": None}
    made |= {"visibility": "shared", "owner": PROJECT, "tags": [], "protected": False, **asked}
    made |= {"self": f"/v2/images/{made['id']}", "file": f"/v2/images/{made['id']}/file"}
    IMAGES[made["id"]] = made
    handler.answer(201, made, Location=f"{BASE}/image/v2/images/{made['id']}")


def image(handler, which):
    if which not in IMAGES:
        return handler.answer(404, {"message": "no such image", "code": "404 Not Found"})
    handler.answer(200, IMAGES[which])


def fill_image(handler, which):
    md5, sha = hashlib.md5(handler.content).hexdigest(), hashlib.sha512(handler.content).hexdigest()
    filled = {"status": "active", "size": len(handler.content), "checksum": md5, "os_hash_algo": "sha512"}
    IMAGES[which] |= filled | {"os_hash_value": sha, "content": handler.content.decode("latin-1")}
    handler.answer(204)


def read_image(handler, which):
    body = IMAGES[which]["content"].encode("latin-1")
    md5 = IMAGES[which]["checksum"]
    handler.answer(200, body, Content_Type="application/octet-stream", Content_MD5=md5)


def drop_image(handler, which):
    handler.answer(204 if IMAGES.pop(which, None) else 404)


def create_server(handler):
    asked = json.loads(handler.content)["server"]
    made = {"id": str(uuid.uuid4()), "name": asked["name"], "status": "BUILD", "looks": 0, "metadata": asked.get("metadata", {})}
    SERVERS[made["id"]] = made
    links = [{"rel": "self", "href": f"{BASE}/compute/v2.1/servers/{made['id']}"}]
    told = {"id": made["id"], "adminPass": "aP1" + uuid.uuid4().hex, "links": links}
    handler.answer(202, {"server": told}, Location=links[0]["href"])


def server(handler, which):
    found = SERVERS.get(which)
    if not found:
        return handler.answer(404, {"itemNotFound": {"code": 404, "message": "no such server"}})
    found["looks"] += 1
    found["status"] = "ACTIVE" if found["looks"] > 3 else "BUILD"
    told = {name: found[name] for name in ("id", "name", "status", "metadata")}
    told |= {"OS-EXT-STS:task_state": "spawning" if found["status"] == "BUILD" else None, "updated": now()}
    handler.answer(200, {"server": told})


def drop_server(handler, which):
    handler.answer(204 if SERVERS.pop(which, None) else 404)


def create_key(handler):
    asked = json.loads(handler.content)["keypair"]
    KEYS[asked["name"]] = {"name": asked["name"], "public_key": "ssh-rsa depot", "fingerprint": uuid.uuid4().hex}
    handler.answer(201, {"keypair": KEYS[asked["name"]] | {"private_key": "k1" + uuid.uuid4().hex}})


ROUTES = [
    ("GET", "/(identity|image|compute)/?", versions),
    ("GET", "/identity/v3/?", version),
    ("GET", "/compute/v2.1/?", compute),
    ("POST", "/identity/v3/auth/tokens", authenticate),
    ("GET", "/image/v2/images", images),
    ("POST", "/image/v2/images", create_image),
    ("GET", "/image/v2/images/([^/]+)", image),
    ("PUT", "/image/v2/images/([^/]+)/file", fill_image),
    ("GET", "/image/v2/images/([^/]+)/file", read_image),
    ("DELETE", "/image/v2/images/([^/]+)", drop_image),
    ("POST", "/compute/v2.1/servers", create_server),
    ("GET", "/compute/v2.1/servers/([^/]+)", server),
    ("DELETE", "/compute/v2.1/servers/([^/]+)", drop_server),
    ("POST", "/compute/v2.1/os-keypairs", create_key),
]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


behind = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=behind.serve_forever, daemon=True).start()
print(behind.server_port, flush=True)
sys.stdin.read()
