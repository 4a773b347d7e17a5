"""A WebSocket's ends from `websockets`: `serve`, or `talk URL PLAN [PROXY CA]`.

A plan is a list of JSON: a text to send, `["hex", "…"]` for bytes, `null` to receive, `["ping"]`, `["close", CODE]`.
What is received is told on the standard output, a line of JSON each."""

import asyncio
import json
import ssl
import sys

import websockets


def told(message):
    if not isinstance(message, str):
        return "hex " + message.hex()
    return f"{len(message)} of {message[0]}" if len(message) > 1000 else message


async def answer(socket):
    await socket.send("welcome")
    async for message in socket:
        if message == "stream":
            await socket.send(["in ", "three ", "pieces"])
            await socket.ping("still there?")
            await socket.send("x" * 70000)
        elif message == "bye":
            await socket.close(4001, "as you said")
        elif message == "break":
            socket.transport.abort()
        else:
            await socket.send(message if isinstance(message, bytes) else f"{message}!")


async def serve():
    async with websockets.serve(answer, "127.0.0.1", 0, subprotocols=["chat"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


async def talk(url, plan, proxy=None, ca=None, compression="deflate"):
    context = ssl.create_default_context(cafile=ca) if ca else None
    compression = None if compression == "none" else compression
    async with websockets.connect(
        url, proxy=proxy or None, ssl=context, compression=compression, subprotocols=["chat"]
    ) as socket:
        extensions = socket.protocol.extensions and "deflate"
        print(json.dumps([extensions, socket.subprotocol]), flush=True)
        try:
            for step in json.loads(plan):
                if step is None:
                    print(json.dumps(told(await socket.recv())), flush=True)
                elif isinstance(step, str):
                    await socket.send(step)
                elif step[0] == "hex":
                    await socket.send(bytes.fromhex(step[1]))
                elif step[0] == "ping":
                    await (await socket.ping("are you there"))
                elif step[0] == "close":
                    await socket.close(step[1], "enough")
            await socket.wait_closed()
        except websockets.ConnectionClosed:
            pass
        print(json.dumps([socket.close_code, socket.close_reason]), flush=True)


if sys.argv[1] == "serve":
    asyncio.run(serve())
else:
    asyncio.run(talk(*sys.argv[2:]))
