"""The journey of every Python client, told by a function that sends one request."""

BASE = "https://depot.example"
LARGE = (b"a large body\n" * 100000)[:1200000]
STEPS = [
    ("list", "GET", BASE + "/items?page=1&size=2", {}),
    ("list", "GET", BASE + "/items?page=1&size=2", {}),
    ("create", "POST", BASE + "/items", {"json": {"name": "räksmörgås", "tags": ["a", "b"]}}),
    ("missing", "GET", BASE + "/items/404", {}),
    ("moved", "GET", BASE + "/moved", {}),
    ("zipped", "GET", BASE + "/zipped", {}),
    ("upload", "PUT", BASE + "/large", {"body": LARGE}),
    ("stream", "GET", BASE + "/stream", {}),
    ("delete", "DELETE", BASE + "/items/7", {}),
    ("head", "HEAD", BASE + "/items?page=3", {}),
    ("plain", "GET", "http://depot.example/plain", {}),
]


def travel(send):
    """`send(method, url, json=…, body=…)` answers with status and text."""
    for name, method, url, content in STEPS:
        print(name, *send(method, url, **content), flush=True)


async def travel_async(send):
    for name, method, url, content in STEPS:
        print(name, *(await send(method, url, **content)), flush=True)
