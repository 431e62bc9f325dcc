"""An HTTP client that no server can hold for ever, flood, or send elsewhere."""

import asyncio
import zlib
from typing import Any

import openai

from rlmrec.common.endpoints.key import without_key
from rlmrec.common.endpoints.no_answer import NoAnswerError

LONGEST_ERROR = 2**16
"""Most bytes that are read of an answer with the status of an error."""

UNPACKED = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that do not hold for an answer that is read and unpacked."""

ZLIB_OR_GZIP = 47


class BoundedClient(openai.DefaultAsyncHttpxClient):
    """A client whose answers are bounded in bytes and in total time, and that follows no redirect.

    Limits on single reads alone would let a server that sends a byte a second hold a request for days. A redirect would
    take texts, and maybe the key, where nobody sent them.

    Args:
        seconds: for a whole answer.
        longest: bytes of an answer, after unpacking.
        key: taken out of what the server sends, before anything can show it.
    """

    def __init__(self, seconds: float, longest: int, key: str) -> None:
        super().__init__(timeout=seconds, follow_redirects=False)
        self.seconds = seconds
        self.longest = longest
        self.key = key

    async def send(self, request: Any, **options: Any) -> Any:
        """Return the response to a request, read to its end.

        Raises:
            openai.APITimeoutError: if that takes too long.
            NoAnswerError: if it is too long, or packed in an unknown way.
        """
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with asyncio.timeout(self.seconds):
                response = await super().send(request, **options | {"stream": True, "follow_redirects": False})
                try:
                    content = await self._content(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise openai.APITimeoutError(request=request) from None
        headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in UNPACKED]
        return type(response)(response.status_code, headers=headers, content=content, request=request)

    async def _content(self, response: Any) -> bytes:
        longest = LONGEST_ERROR if response.status_code >= 300 else self.longest
        received = bytearray()
        async for part in response.aiter_raw():
            received += part
            if len(received) > longest:
                break
        packing = response.headers.get("content-encoding", "").strip().lower()
        if packing in ("gzip", "x-gzip", "deflate"):
            received = _unpacked(bytes(received), longest)
        elif packing not in ("", "identity"):
            raise NoAnswerError(f"the answer came packed as {packing}, for which nobody asked", maybe_billed=True)
        if len(received) > longest and response.status_code < 300:
            raise NoAnswerError(f"the answer had more than {longest:,} bytes", maybe_billed=True)
        return without_key(bytes(received), self.key)[:longest]


def _unpacked(content: bytes, longest: int) -> bytearray:
    """Return one byte more than ``longest`` at most: a few packed kilobytes may unpack to gigabytes."""
    try:
        return bytearray(zlib.decompressobj(ZLIB_OR_GZIP).decompress(content, longest + 1))
    except zlib.error:
        raise NoAnswerError("the answer could not be unpacked", transient=True, maybe_billed=True) from None
