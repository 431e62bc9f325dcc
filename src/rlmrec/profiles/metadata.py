"""Parsing of entities' metadata, which people wrote for people."""

import re

LABEL = r"[A-Za-z][A-Za-z0-9 _/()-]{0,30}"
LABELLED = re.compile(rf"({LABEL}):\s+(\S.*)")
PARTS = re.compile(rf"\n|;\s+(?={LABEL}:\s)")
YEARS = re.compile(r"years?|released?|release[ _]date|published|publication[ _](?:date|year)|date", re.IGNORECASE)
SEPARATORS = re.compile(r"\s*[;,|]\s*")
LONGEST_VALUE = 40
"""Characters of the longest value of a list, such as a genre or a name; a longer one is a sentence."""


def read(metadata: str) -> tuple[dict[str, list[str]], list[str]]:
    """Return short values by label, and sentences.

    Lines or parts ``label: one, two; label: three`` are values; years become the name of their era. Everything else,
    labelled or not, counts as sentences.
    """
    fields: dict[str, list[str]] = {}
    sentences = []
    for line in filter(None, map(str.strip, PARTS.split(metadata))):
        labelled = LABELLED.fullmatch(line)
        if labelled is None:
            sentences.append(line)
            continue
        label, text = labelled.groups()
        values = [value for value in SEPARATORS.split(text.rstrip(".")) if value]
        year = re.search(r"-?\b\d{1,4}\b", text) if YEARS.fullmatch(label) else None
        if year:
            fields["era"] = [era(max(int(number) for number in re.findall(r"-?\b\d{1,4}\b", text)))]
        elif all(len(value) <= LONGEST_VALUE for value in values):
            fields.setdefault(label.lower(), []).extend(values)
        else:
            sentences.append(text)
    return fields, sentences


def era(year: int) -> str:
    """Return the era of a year as people call it: "antiquity", "the 19th century", "the 1990s"."""
    if year < 500:
        return "antiquity"
    if year < 1500:
        return "the Middle Ages"
    if year < 1900:
        return f"the {year // 100 + 1}th century"
    return f"the {year // 10 * 10}s"


def listed(words: list[str]) -> str:
    """Return an enumeration: "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
