"""An application on Hypercorn, in HTTP/2 and HTTP/1.1 behind TLS: python asgi.py CERTIFICATE KEY

Prints its port, and ends with its standard input.
"""

import asyncio
import itertools
import json
import os
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config

TURNS = itertools.count(1)
RUN = "r" + os.urandom(8).hex()


async def read(receive):
    body = b""
    while True:
        piece = await receive()
        body += piece.get("body", b"")
        if not piece.get("more_body"):
            return body


async def answer(send, status, told=None):
    body = b"" if told is None else json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"x-run", RUN.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def events(scope, send):
    query = dict(pair.split("=") for pair in scope["query_string"].decode().split("&"))
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(int(query["after"]) + 1, 11):
        event = f"id: {number}\nevent: crate\ndata: {{\"run\": \"{RUN}\", \"n\": {number}}}\n\n"
        for piece in (event[:7], event[7:]):
            await send({"type": "http.response.body", "body": piece.encode(), "more_body": True})
            await asyncio.sleep(0.005)
    await send({"type": "http.response.body", "body": b""})


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    path, method = scope["path"], scope["method"]
    if path == "/events":
        await events(scope, send)
    elif path == "/turns":
        await answer(send, 200, {"turn": next(TURNS), "run": RUN})
    elif path == "/items" and method == "POST":
        await answer(send, 201, {"bytes": len(await read(receive)), "turn": next(TURNS)})
    elif method == "DELETE":
        await answer(send, 204)
    elif path.startswith("/items/"):
        if scope["query_string"].startswith(b"slow"):
            await asyncio.sleep(int(scope["query_string"][-1:]) / 50)
        number = int(path.rsplit("/")[-1])
        status = 404 if number % 7 == 6 else 200
        await answer(send, status, {"item": number, "turn": next(TURNS), "run": RUN})
    else:
        await answer(send, 404, {"error": "no such thing"})


async def main():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = Config()
    config.certfile, config.keyfile = sys.argv[1:]
    config.bind = [f"fd://{listener.fileno()}"]
    config.alpn_protocols = ["h2", "http/1.1"]
    config.loglevel = "ERROR"
    ended = asyncio.Event()

    async def wait():
        await asyncio.to_thread(sys.stdin.read)
        ended.set()

    waiting = asyncio.create_task(wait())
    # Who connects before Hypercorn listens is kept waiting by the system.
    listener.listen(256)
    print(listener.getsockname()[1], flush=True)
    await serve(application, config, shutdown_trigger=ended.wait)
    await waiting


asyncio.run(main())
