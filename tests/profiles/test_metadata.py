"""Metadata: lists are divided into values, prose is left whole."""

import pytest

from rlmrec.profiles.metadata import list_values, read


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("science fiction, adventure", ["science fiction", "adventure"]),
        ("fantasy; epic", ["fantasy", "epic"]),
        ("Animation, Children's, Comedy", ["Animation", "Children's", "Comedy"]),
        ("Rock & Roll, Jazz.", ["Rock & Roll", "Jazz"]),
        ("J. R. R. Tolkien", ["J. R. R. Tolkien"]),
        ("The Beatles, Queen", ["The Beatles", "Queen"]),
        ("Washington, D.C.", ["Washington", "D.C."]),
        ("Guns, Germs, and Steel | Collapse", ["Guns, Germs, and Steel", "Collapse"]),
        ("Brand: A & B, Pages: 320", ["Brand: A & B", "Pages: 320"]),
        ("Drama|Musical", ["Drama", "Musical"]),
        ("3", ["3"]),
    ],
)
def test_lists(text: str, values: list[str]) -> None:
    assert list_values(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "Sad, and it's short",
        "A tale of love, loss and hope in Paris.",
        "A long, long time ago; in a galaxy far, far away",
        "Great, simple, and tasty food",
        "From the author of Dune, Messiah.",
        "Long. Very long, too",
        "The food is good, cheap, fast",
        "Dogs, cats, and other animals that live with us",
        "words " * 9 + ", more",
    ],
)
def test_prose(text: str) -> None:
    assert list_values(text) == []
    assert read(f"about: {text}") == ({}, [text.strip()])


@pytest.mark.parametrize("label", ["description", "Summary", "short description", "plot"])
def test_labels_of_texts_have_no_lists(label: str) -> None:
    assert read(f"{label}: Bold, beautiful, timeless") == ({}, ["Bold, beautiful, timeless"])


@pytest.mark.parametrize(
    "label", ["year", "release year", "release date", "publication-year", "Year-Of-Publication", "published"]
)
def test_years(label: str) -> None:
    assert read(f"{label}: 1995-11-22") == ({"era": ["the 1990s"]}, [])
