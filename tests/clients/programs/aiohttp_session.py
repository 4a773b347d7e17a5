import asyncio

import aiohttp
from steps import BASE, travel_async


async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:

        async def send(method, url, json=None, body=None):
            content = {"json": json} if json else {"data": body}
            async with session.request(method, url, **content) as answer:
                return answer.status, await answer.text("utf-8")

        await travel_async(send)
        # At once, in whatever order they arrive.
        answers = await asyncio.gather(*(send("GET", f"{BASE}/items/{404 + n}") for n in range(10)))
        print("at once", *(status for status, _ in answers))


asyncio.run(main())
