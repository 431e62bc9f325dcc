"""From profile text to vectors."""
