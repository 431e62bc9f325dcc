"""Reading files from untrusted sources in bounded time and memory: sizes are checked before anything is loaded."""
