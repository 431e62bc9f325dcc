"""The life of a run: folder, options, logging, callbacks and what the terminal shows."""
