"""What is strange about a dataset although nothing forbids it: measured, and told as lines for a user."""
