"""A trained model behind an HTTP interface, with a page for people."""
