"""A WebSocket's two ends from `websockets`: `serve [CERT KEY]`, or `talk URL [PROXY [CA]]`.

Each end tells on its standard output what it saw, a line of JSON each."""

import asyncio
import json
import ssl
import sys
import zlib

import websockets

BIG = "".join(f"{n:x}," for n in range(60000))


def told(message):
    return message if isinstance(message, str) else "hex " + message.hex()


async def answer(socket):
    async for message in socket:
        if message == "stream":
            await socket.send(["in ", "three ", "pieces"])
        elif message == "big":
            await socket.send(BIG)
        elif message == "bye":
            await socket.close(4001, "as you said")
        elif message == "break":
            socket.transport.abort()
        else:
            await socket.send(message if isinstance(message, bytes) else f"{message}!")


async def serve(files):
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    async with websockets.serve(answer, "127.0.0.1", 0, ssl=context) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


async def talk(url, proxy=None, ca=None, compression="deflate"):
    context = ssl.create_default_context(cafile=ca) if ca else None
    compression = None if compression == "none" else compression
    async with websockets.connect(
        url, proxy=proxy or None, ssl=context, compression=compression
    ) as socket:
        print(json.dumps([str(e) for e in socket.protocol.extensions and ["deflate"]]), flush=True)
        for message in ["hello", "hello", b"\x00\x01\xff", "stream", "see ghp_0123456789abcdefghijABCDEFGHIJ012345;"]:
            await socket.send(message)
            print(json.dumps(told(await socket.recv())), flush=True)
        await (await socket.ping("are you there"))
        await socket.send("big")
        assert await socket.recv() == BIG
        print(json.dumps(zlib.crc32(BIG.encode())), flush=True)
        await socket.send("bye")
        await socket.wait_closed()
        print(json.dumps([socket.close_code, socket.close_reason]), flush=True)


async def open_only(url):
    socket = await websockets.connect(url, proxy=None)
    await socket.send("hello")
    print(json.dumps(told(await socket.recv())), flush=True)
    if sys.argv[3] == "break":
        await socket.send("break")
    elif sys.argv[3] == "leave":
        socket.transport.abort()
        return
    await socket.wait_closed()


if sys.argv[1] == "serve":
    asyncio.run(serve(sys.argv[2:]))
elif sys.argv[1] == "open":
    asyncio.run(open_only(sys.argv[2]))
else:
    asyncio.run(talk(*sys.argv[2:]))
