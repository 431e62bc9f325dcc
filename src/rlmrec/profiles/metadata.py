"""Parsing of entities' metadata, which is free text written for people."""

import re

LABEL = r"[A-Za-z][A-Za-z0-9 _/()-]{0,30}"
LABELLED = re.compile(rf"({LABEL}):\s+(\S.*)")
PARTS = re.compile(rf"\n|;\s+(?={LABEL}:\s)")
YEARS = re.compile(
    r"years?|released?|published|date|(?:release|publication)[ _-](?:date|year)|year[ _-]of[ _-]publication",
    re.IGNORECASE,
)
TEXT_LABELS = re.compile(
    r"(?:short |long |full )?(?:description|summary|synopsis|plot|overview|abstract|blurb)", re.IGNORECASE
)
"""Labels of texts, which are not split into lists even if they contain commas."""
BARS, COMMAS = re.compile(r"\s*\|\s*"), re.compile(r"\s*[;,]\s*")
FULL_STOP = re.compile(r"(?<=[a-z]{3})\.$")
LONGEST_VALUE = 40
"""Maximum characters of a list value, such as a genre or a name; anything longer is a sentence."""
MOST_WORDS = 3
"""Maximum words of a list value if the text ends with a full stop, as sentences do."""
PROSE = re.compile(
    r"(?-i:[a-z]{3})[.!?]\s+\S"  # a second sentence, unlike initials
    r"|^(?-i:(?:A|An|The) [a-z])"
    r"|[,;]\s*(?:and|or|but|so|yet|nor|because|though|although|while|when|where|which|who|whose|that|if|then|as|for"
    r"|with|without|not|it|its|it's|he|she|they|we|you|i|this|these|those|is|are|was|were|has|have|had|to)\b"
    r"|\b(?:is|are|was|were|has|have|had|isn't|aren't|it's|i'm|don't|can't|won't)\b",
    re.IGNORECASE,
)
"""Patterns of prose: how it begins, a verb, or a word after a comma that continues a sentence."""


def read(metadata: str) -> tuple[dict[str, list[str]], list[str]]:
    """Return short values by label, and sentences.

    Lines or parts such as ``label: one, two; label: three`` or ``label: one, or two | three`` are values; years become
    eras. Everything else, labelled or not, counts as sentences, which are not split at commas.
    """
    fields: dict[str, list[str]] = {}
    sentences = []
    for line in filter(None, map(str.strip, PARTS.split(metadata))):
        labelled = LABELLED.fullmatch(line)
        if labelled is None:
            sentences.append(line)
            continue
        label, text = labelled.groups()
        values = [] if TEXT_LABELS.fullmatch(label) else list_values(text)
        year = re.search(r"-?\b\d{1,4}\b", text) if YEARS.fullmatch(label) else None
        if year:
            fields["era"] = [era(max(int(number) for number in re.findall(r"-?\b\d{1,4}\b", text)))]
        elif values:
            fields.setdefault(label.lower(), []).extend(values)
        else:
            sentences.append(text)
    return fields, sentences


def list_values(text: str) -> list[str]:
    """Return the values of a list, or an empty list if the text is prose.

    Examples:
        >>> list_values("science fiction, adventure")
        ['science fiction', 'adventure']
        >>> list_values("Sad, and it's short")
        []
    """
    separators = BARS if BARS.search(text) else COMMAS
    plain = FULL_STOP.sub("", text)
    values = [value for value in separators.split(plain) if value]
    if any(len(value) > LONGEST_VALUE for value in values):
        return []
    is_sentence = plain != text and any(len(value.split()) > MOST_WORDS for value in values)
    return [] if separators is COMMAS and (is_sentence or PROSE.search(text)) else values


def era(year: int) -> str:
    """Return the usual name of a year's era: "antiquity", "the 19th century", "the 1990s"."""
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
