"""TLS before a server that has none: python3 front.py CERTIFICATE KEY PORT

Prints its own port, and ends with its standard input. Bytes pass as they come, in both directions.
"""

import asyncio
import ssl
import sys

CERTIFICATE, KEY, BEHIND = sys.argv[1:]


async def pump(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    try:
        behind = await asyncio.open_connection("127.0.0.1", int(BEHIND))
    except OSError:
        return writer.close()
    await asyncio.gather(pump(reader, behind[1]), pump(behind[0], writer))


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
