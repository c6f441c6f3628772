"""The least a program can do in the exchange's place: wait, post a form, read the answer, for many calls.

python -m bench.bare URL CALLS PERIOD SECONDS
"""

from __future__ import annotations

import asyncio
import random
import sys
from urllib.parse import urlencode

import aiohttp

FORM = {
    "AccountSid": "AC" + "0" * 32, "From": "+8675588880000", "To": "+8613800000000",
    "Caller": "+8675588880000", "Called": "+8613800000000", "CallStatus": "in-progress",
    "ApiVersion": "2010-04-01", "Direction": "outbound-api", "FromCountry": "CN", "ToCountry": "CN",
    "CallerCountry": "CN", "CalledCountry": "CN", "Digits": "1", "FinishedOnKey": "", "msg": "Gather End",
}  # fmt: skip
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


async def call(session: aiohttp.ClientSession, url: str, number: int, period: float, until: float) -> None:
    """One call that never ends."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(random.Random(number).uniform(0, period))
    body = urlencode(FORM | {"CallSid": f"CA{number:032x}"})
    while loop.time() < until:
        async with session.post(url, data=body, headers=HEADERS) as answer:
            await answer.read()
        await asyncio.sleep(period)


async def main(url: str, calls: int, period: float, seconds: float) -> None:
    """All calls for so many seconds."""
    until = asyncio.get_running_loop().time() + seconds
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500)) as session:
        await asyncio.gather(*(call(session, url, number, period, until) for number in range(calls)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
