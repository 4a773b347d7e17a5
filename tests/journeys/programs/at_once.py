"""Eight tests at once, each of which polls, turns pages and tries again: python at_once.py BUNDLE

A line `PROXY SEED shared|apart` on standard input is a run: the tests start in an order of chance and pause by
chance between their requests. What they came to is printed as one line of JSON. `apart`, each test is a session of its
own, and all ask for the same; `shared`, all are one session, and each has a name of its own for what it makes.
"""

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3
from urllib3.util import Retry, make_headers

BASE = "https://depot.example/v1"
RETRY = Retry(total=5, status_forcelist=[429, 503], allowed_methods=None, respect_retry_after_header=True)


class Test:
    def __init__(self, run, number, proxy, chance, apart):
        self.number, self.run_and_number, self.chance = number, f"{run}-{number}", chance
        self.name = "crates" if apart else f"crates of {number}"
        headers = make_headers(proxy_basic_auth=f"test-{number}:") if apart else None
        self.pool = urllib3.ProxyManager(proxy, proxy_headers=headers, ca_certs=sys.argv[1], retries=RETRY, timeout=300)
        self.story = []

    def ask(self, method, path, told=None):
        time.sleep(self.chance.random() / 500)
        # A header of the run's own: none that is compared.
        headers = {"X-Test": self.run_and_number}
        body = None
        if told is not None:
            members = list(told.items())
            self.chance.shuffle(members)
            body = json.dumps(dict(members))
            headers["Content-Type"] = "application/json"
        answer = self.pool.request(method, BASE + path, body=body, headers=headers)
        found = json.loads(answer.data) if answer.data else None
        tries = [(one.status, bool(one.redirect_location)) for one in answer.retries.history]
        self.story.append([method, path, answer.status, tries, found])
        return found

    def run(self):
        time.sleep(self.chance.random() / 100)
        self.ask("GET", "/status")
        project = self.ask("POST", "/projects", {"name": self.name, "rows": 7, "tags": ["a", "b"]})["id"]
        job = self.ask("POST", f"/projects/{project}/jobs", {"kind": "sort", "by": "weight"})["job_id"]
        while self.ask("GET", f"/jobs/{job}")["status"] != "SUCCEEDED":
            pass
        page = self.ask("GET", f"/projects/{project}/items?limit=3")
        while page["next"]:
            page = self.ask("GET", f"/projects/{project}/items?limit=3&cursor={page['next']}")
        self.ask("GET", f"/projects/{project}")
        self.ask("PUT", f"/projects/{project}/seal")
        self.ask("GET", f"/projects/{project}")
        self.ask("DELETE", f"/projects/{project}")
        self.ask("GET", f"/projects/{project}")
        self.pool.clear()
        return self.story


for line in sys.stdin:
    proxy, seed, way = line.split()
    chance = random.Random(int(seed))
    tests = [Test(seed, number, proxy, random.Random(chance.random()), way == "apart") for number in range(8)]
    order = chance.sample(tests, len(tests))
    with ThreadPoolExecutor(len(tests)) as executor:
        running = {test.number: executor.submit(test.run) for test in order}
    # What failed is told, too.
    stories = {}
    for number in range(8):
        error = running[number].exception()
        stories[number] = [f"{type(error).__name__}: {error}"] if error else running[number].result()
    print(json.dumps(stories), flush=True)
