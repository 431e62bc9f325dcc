"""A trained model behind an HTTP interface, and a page for people who would rather look."""
