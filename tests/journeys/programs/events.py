"""Server-sent events: read as they come, broken off, and taken up where they ended."""

import httpx
from run import BASE, say


def events(client, last, most):
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    # What was seen goes into the query, too, as many servers want it.
    with client.stream("GET", f"{BASE}/events", params={"after": last or "0"}, headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        for line in answer.iter_lines():
            if line.startswith("id:"):
                last = line[3:].strip()
            elif line:
                say(line)
            else:
                most -= 1
                if most == 0:
                    break
    return last


with httpx.Client(timeout=300) as client:
    last = events(client, None, 3)
    say("broken off after", last)
    last = events(client, last, 2)
    say("broken off after", last)
    last = events(client, last, 100)
    say("ended after", last)
