"""Files from untrusted sources, in bounded time and memory: what they ask for is checked before it is done."""
