"""Calls a real Alertmanager: good requests, and the mistakes that its document has codes for.

    alertmanager.py status|alerts|silences

Where the server answers otherwise than its document says, the call is kept: that is what a
recording is for. `baseline.json` says which these are.
"""

import sys

import requests

# Through HTTP_PROXY; the recorder knows where this really is.
BASE = "http://localhost:9093/api/v2"
UNKNOWN = "0b2f6d8e-93a1-4c55-8a77-1f2e3d4c5b6a"
SILENCE = {
    "matchers": [{"name": "alertname", "value": "DoorOpen", "isRegex": False}],
    "startsAt": "2035-01-01T00:00:00Z",
    "endsAt": "2035-01-02T00:00:00Z",
    "createdBy": "keeper",
    "comment": "the dock is being painted",
}


def call(status, method, path, **options):
    """Sends a request; the answer must have the status."""
    response = requests.request(method, BASE + path, timeout=30, **options)
    print(f"{method} {path}: {response.status_code}", file=sys.stderr)
    if response.status_code != status:
        sys.exit(f"{method} {path}: {response.status_code} instead of {status}: {response.text}")
    return response


def status():
    call(200, "GET", "/status")
    call(200, "GET", "/receivers")


def alerts():
    alert = {
        "labels": {"alertname": "DoorOpen", "dock": "7"},
        "annotations": {"summary": "dock 7 stands open"},
        "generatorURL": "http://depot.example.com/docks/7",
    }
    call(200, "POST", "/alerts", json=[alert])
    call(400, "POST", "/alerts", json=[{"labels": {}}])
    call(200, "GET", "/alerts", params={"filter": 'dock="7"', "active": "true"})
    call(400, "GET", "/alerts", params={"receiver": "["})
    call(200, "GET", "/alerts/groups", params={"receiver": "dock"})
    call(400, "GET", "/alerts/groups", params={"receiver": "["})


def silences():
    made = call(200, "POST", "/silences", json=SILENCE).json()["silenceID"]
    call(400, "POST", "/silences", json=SILENCE | {"endsAt": "2034-01-01T00:00:00Z"})
    call(404, "POST", "/silences", json=SILENCE | {"id": UNKNOWN})
    call(200, "GET", "/silences", params={"filter": 'alertname="DoorOpen"'})
    call(200, "GET", f"/silence/{made}")
    call(404, "GET", f"/silence/{UNKNOWN}")
    call(200, "DELETE", f"/silence/{made}")
    # The document has no 404 for this one; a code of failure is what it has, and what comes.
    call(500, "DELETE", f"/silence/{UNKNOWN}")
    # Not in the document: a filter that is none, and an identifier that is none.
    call(400, "GET", "/silences", params={"filter": "{"})
    call(422, "GET", "/silence/not-an-id")


if __name__ == "__main__":
    {"status": status, "alerts": alerts, "silences": silences}[sys.argv[1]]()
