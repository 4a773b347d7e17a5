import asyncio

import httpx
from steps import BASE, travel_async


async def main():
    async with httpx.AsyncClient(follow_redirects=True, timeout=300) as client:

        async def send(method, url, json=None, body=None):
            answer = await client.request(method, url, json=json, content=body)
            return answer.status_code, answer.text

        await travel_async(send)
        # At once, in whatever order they arrive.
        urls = [f"{BASE}/items/{404 + n}" for n in range(10)]
        answers = await asyncio.gather(*map(client.get, urls))
        print("at once", *(answer.status_code for answer in answers))


asyncio.run(main())
