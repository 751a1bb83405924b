"""The machine's own time and chance."""

import asyncio
import random
import time
import uuid
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemChance:
    """The machine's randomness."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def name(self) -> str:
        """Return a random UUID as 32 hexadecimal digits."""
        return uuid.uuid4().hex

    def between(self, low: float, high: float) -> float:
        """Return a number between two others, each as likely."""
        return self._random.uniform(low, high)
