"""Eight clients at once that are refused first and then answer the challenge (RFC 7616), each with a nonce of its own:
four with one name and password, four with their own."""

from concurrent.futures import ThreadPoolExecutor

import requests
from requests.auth import HTTPDigestAuth
from run import BASE, differs, say

ROUNDS = 4


def client(number):
    name = "keeper" if number < 4 else f"keeper{number}"
    answers, sent = [], []
    with requests.Session() as session:
        for turn in range(ROUNDS):
            # Each turn begins without the answer to an earlier challenge.
            login = HTTPDigestAuth(name, "depot")
            answer = session.get(f"{BASE}/digest-auth/auth/{name}/depot", auth=login)
            tries = [one.status_code for one in (*answer.history, answer)]
            answers.append((tries, answer.json()["user"]))
            sent.append(answer.request.headers["Authorization"])
    return number, answers, sent


with ThreadPoolExecutor(8) as executor:
    results = sorted(executor.map(client, range(8)))
for number, answers, sent in results:
    say(number, answers)
    for line in sent:
        differs(line)
