"""Twenty requests at once, in an order and with pauses of chance: each gets the answer that is its own."""

import asyncio
import random

import aiohttp
from run import BASE, differs, say


async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:

        async def page(number):
            await asyncio.sleep(random.random() / 50)
            async with session.get(f"{BASE}/items", params={"page": number, "size": 2}) as answer:
                return number, (await answer.json())["visit"]

        async def create(number):
            await asyncio.sleep(random.random() / 50)
            members = [("name", f"crate {number}"), ("tags", [number]), ("dock", {"row": number})]
            random.shuffle(members)
            async with session.post(f"{BASE}/items", json=dict(members)) as answer:
                return number, answer.status, (await answer.json())["visit"]

        pages = [0, 0, 0, 0, *range(1, 9)]
        tasks = [page(number) for number in pages] + [create(number) for number in range(8)]
        order = random.sample(range(20), 20)
        differs(order)
        answers = await asyncio.gather(*(tasks[place] for place in order))
        # Equal requests share their answers, whoever gets which.
        for answer in sorted(answers):
            say(*answer)


asyncio.run(main())
