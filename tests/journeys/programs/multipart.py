"""Uploads in forms: requests picks a boundary for each, and a part in JSON is spelt otherwise each time."""

import json
import os
import random

import requests
from requests.auth import HTTPDigestAuth
from run import BASE, differs, say

session = requests.Session()
META = {"title": "Stück", "tags": ["a", "b"], "weight": 7.5, "dock": {"row": 1, "place": 2}, "on": True}


def meta():
    members = list(META.items())
    random.shuffle(members)
    return json.dumps(dict(members), indent=random.choice([None, 1]), ensure_ascii=random.choice([True, False]))


def show(answer):
    told = answer.json()
    body = {name: told[name] for name in ("args", "form", "files")}
    # The part in JSON comes back as it was spelt: what it means must be what was recorded.
    if "meta" in body["files"]:
        body["files"]["meta"] = json.loads(body["files"]["meta"]) == META
    say(answer.status_code, json.dumps(body, sort_keys=True)[:400])
    differs(answer.request.headers["Content-Type"])


for turn in range(3):
    files = [
        ("plan", ("plan.txt", "Länge\n", "text/plain")),
        ("meta", ("meta.json", meta(), "application/json")),
        ("noise", ("noise.bin", bytes(range(256)) * 64, "application/octet-stream")),
        ("plan", ("räume.txt", f"turn {turn}\n", "text/plain; charset=utf-8")),
    ]
    show(session.post(BASE + "/post", files=files, data={"title": "Stück", "tag": ["a", "b"]}))
show(session.put(BASE + "/put?kind=form", files={"only": ("only", b"--\r\n--x--\r\n")}))
# A form without files is no multipart; a file of its own is sent in pieces.
say(session.post(BASE + "/post", data={"b": "2", "a": "ä"}).json()["form"])
large = os.path.join(os.path.dirname(__file__), "run.py")
say(len(session.post(BASE + "/post", data=open(large, "rb")).json()["data"]) > 100)
# A nonce of the client's in every answer to the challenge.
for turn in range(3):
    answer = session.get(BASE + "/digest-auth/auth/keeper/depot", auth=HTTPDigestAuth("keeper", "depot"))
    say("digest", answer.status_code, answer.json()["user"], len(answer.history))
    differs(answer.request.headers["Authorization"])
wrong = session.get(BASE + "/digest-auth/auth/keeper/other", auth=HTTPDigestAuth("keeper", "depot"))
say("digest", wrong.status_code)
