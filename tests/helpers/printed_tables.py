"""Tables in the terminal."""


def cells(printed: str) -> list[list[str]]:
    """Text of the rows of all printed tables, headers included."""
    rows = [line.replace("┃", "│").split("│") for line in printed.splitlines() if line.startswith(("┃", "│"))]
    return [[cell.strip() for cell in row[1:-1]] for row in rows]
