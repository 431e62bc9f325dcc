"""Changes to data that ask what they are good for: false interactions, and text without meaning."""
