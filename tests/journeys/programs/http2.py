"""HTTP/2: many streams of one connection at once, ended in any order, with trailers and uploads."""

import asyncio
import random

import httpx
from run import BASE, differs, say


async def main():
    async with httpx.AsyncClient(http2=True, timeout=300) as client:
        first = await client.get(f"{BASE}/items/0")
        say(first.http_version, first.json())

        async def item(number):
            await asyncio.sleep(random.random() / 50)
            answer = await client.get(f"{BASE}/items/{number}", params={"slow": number % 3})
            return number, answer.http_version, answer.status_code, answer.text

        async def upload(number):
            answer = await client.post(f"{BASE}/items", files={"file": (f"{number}.bin", bytes([number]) * 70000)})
            differs(answer.request.headers["content-type"])
            return number, answer.http_version, answer.status_code, answer.json()["bytes"] > 70000

        tasks = [item(number) for number in range(1, 17)] + [upload(number) for number in range(4)]
        order = random.sample(range(20), 20)
        differs(order)
        for answer in sorted(await asyncio.gather(*(tasks[place] for place in order))):
            say(*answer)
        # The same request, other answers.
        for _ in range(3):
            say((await client.get(f"{BASE}/turns")).json())
        say((await client.delete(f"{BASE}/items/3")).status_code)


asyncio.run(main())
