"""An HTTP client that no server can block forever, flood, or redirect."""

import asyncio
import zlib
from typing import Any

import openai

from rlmrec.common.endpoints.key import without_key
from rlmrec.common.endpoints.no_answer import NoAnswerError

LONGEST_ERROR = 2**16
"""Maximum bytes read of an answer with an error status."""

UNPACKED = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that no longer apply once an answer is read and decompressed."""

ZLIB_OR_GZIP = 47


class BoundedClient(openai.DefaultAsyncHttpxClient):
    """A client that limits the bytes and total time of answers, and follows no redirects.

    A timeout per read alone would let a server that sends a byte a second hold a request for days. A redirect could
    take texts, and possibly the key, to a host that the user did not choose.

    Args:
        seconds: time limit for a whole answer.
        longest: maximum bytes of an answer, after decompression.
        key: API key, removed from answers before anything can show it.
    """

    def __init__(self, seconds: float, longest: int, key: str) -> None:
        super().__init__(timeout=seconds, follow_redirects=False)
        self.seconds = seconds
        self.longest = longest
        self.key = key

    async def send(self, request: Any, **options: Any) -> Any:
        """Send a request and return its response, read to the end.

        Raises:
            openai.APITimeoutError: if that takes too long.
            NoAnswerError: if the response is too long, or has an unknown encoding.
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
    """Return at most ``longest`` + 1 decompressed bytes: a few kilobytes may expand to gigabytes."""
    try:
        return bytearray(zlib.decompressobj(ZLIB_OR_GZIP).decompress(content, longest + 1))
    except zlib.error:
        raise NoAnswerError("the answer could not be unpacked", transient=True, maybe_billed=True) from None
