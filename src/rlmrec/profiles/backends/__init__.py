"""Back ends that answer requests, one per file."""
