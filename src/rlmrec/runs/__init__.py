"""The folder of a run: what is in it, who works in it, and where its numbers come from."""
