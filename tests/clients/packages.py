"""Two registries with one package in two versions: what pip and npm ask for, and what they get."""

import base64
import functools
import gzip
import hashlib
import io
import json
import tarfile
import zipfile

BASE = "https://depot.example"
VERSIONS = ["1.0", "1.1"]


def wheel(version):
    folder = f"depot_item-{version}.dist-info"
    files = {
        "depot_item.py": f"version = '{version}'\n",
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: depot-item\nVersion: {version}\n",
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nGenerator: depot\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{folder}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{folder}/RECORD"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


def tarball(version):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in [
            ("package.json", json.dumps({"name": "depot-item", "version": version})),
            ("index.js", f"module.exports = '{version}'\n"),
        ]:
            file = tarfile.TarInfo(f"package/{name}")
            file.size, file.mode = len(text), 0o644
            archive.addfile(file, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def simple():
    """The page of PEP 503."""
    names = [f"depot_item-{version}-py3-none-any.whl" for version in VERSIONS]
    sums = [hashlib.sha256(wheel(version)).hexdigest() for version in VERSIONS]
    links = (f'<a href="/files/{name}#sha256={sum}">{name}</a>' for name, sum in zip(names, sums))
    return "<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>"


def metadata():
    """What npm calls a packument."""
    versions = {}
    for version in (f"{version}.0" for version in VERSIONS):
        integrity = base64.b64encode(hashlib.sha512(tarball(version)).digest()).decode()
        dist = {"tarball": f"{BASE}/npm/depot-item-{version}.tgz", "integrity": f"sha512-{integrity}"}
        versions[version] = {"name": "depot-item", "version": version, "dist": dist}
    return json.dumps({"name": "depot-item", "dist-tags": {"latest": "1.1.0"}, "versions": versions})


@functools.cache
def find(path):
    """Body and media type, where the path is one of a registry."""
    if path == "/simple/depot-item/":
        return simple().encode(), "text/html"
    if path == "/npm/depot-item":
        return metadata().encode(), "application/json"
    for version in VERSIONS:
        if path == f"/files/depot_item-{version}-py3-none-any.whl":
            return wheel(version), "application/octet-stream"
        if path == f"/npm/depot-item-{version}.0.tgz":
            return tarball(f"{version}.0"), "application/octet-stream"
    return None
