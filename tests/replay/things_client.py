"""Eight tests at once, in any order, each with a name and a key of its own: create (and try again), poll,
list, delete, look again. Usage: URL [RUNS ADMIN CASSETTE]. Prints what each run came to, without what is random.
"""

import json
import random
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

URL = sys.argv[1]
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def journey(size, session_name):
    session = requests.Session()
    session.trust_env = False
    if session_name:
        session.headers["testimony-session"] = session_name
    name, key = f"thing-{uuid.uuid4().hex[:10]}", str(uuid.uuid4())
    told = []

    def create():
        answer = session.post(
            f"{URL}/things", json={"name": name, "size": size}, headers={"Idempotency-Key": key}
        )
        told.append(answer.status_code)
        return answer

    answer = create()
    while answer.status_code == 503:
        answer = create()
    thing = answer.json()
    assert thing["name"] == name and thing["note"] == f"{name} is made", (name, thing)
    assert answer.headers["X-Echo"] == f"named {name}", answer.headers
    again = create().json()
    assert again == thing, (again, thing)
    where = URL + answer.headers["Location"]
    while True:
        polled = session.get(where)
        assert polled.json()["name"] == name, (name, polled.text)
        told.append(polled.json()["state"])
        if told[-1] == "ready":
            break
    listed = session.get(f"{URL}/things", params={"name": name}).json()
    assert listed == [{"id": thing["id"], "name": name}], (name, listed)
    told.append(session.delete(where).status_code)
    told.append(session.get(where).status_code)
    told.append(thing["size"])
    return told


def run(session_name=None):
    sizes = list(range(8))
    random.shuffle(sizes)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda size: journey(size, session_name), sizes))
    return [told for _, told in sorted(zip(sizes, results))]


if RUNS == 1:
    print(json.dumps(run()))
    sys.exit()
admin, cassette = sys.argv[3:5]
results = set()
for number in range(RUNS):
    name = f"run-{number}"
    begun = requests.post(f"{admin}/testimony/sessions", json={"name": name, "cassette": cassette})
    assert begun.status_code == 201, begun.text
    results.add(json.dumps(run(name)))
    ended = requests.delete(f"{admin}/testimony/sessions/{name}").json()
    assert ended["missed"] == 0 and ended["unused"] == [], ended
for result in results:
    print(result)
