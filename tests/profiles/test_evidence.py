from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import reviewed
from rlmrec.data.folder import FolderDataset
from rlmrec.profiles.evidence import Evidence, Sampling, read_log
from rlmrec.profiles.prompts import Prompts


@pytest.mark.parametrize("long", ["title", "metadata", "review", "profile"])
def test_no_text_makes_a_prompt_long(long: str, tmp_path: Path) -> None:
    folder = reviewed.write(tmp_path / "data", num_users=3, num_items=4)
    dataset, log = FolderDataset(str(folder)).load(), read_log(folder, FolderDataset(str(folder)).load())
    text = pl.lit("words " * 10**4)
    if long == "review":
        log = log.with_columns(review=text)
    elif long != "profile":
        tables = {kind: getattr(dataset, kind).with_columns(text.alias(long)) for kind in ("items", "users")}
        dataset = replace(dataset, **tables)
    sampling = Sampling(title_characters=50, metadata_characters=50, review_characters=50, profile_characters=50)
    evidence = Evidence(dataset, log, sampling, seed=0)
    profiles = dict.fromkeys(range(4), "words " * 10**4)
    for facts in (evidence.item(0)[0], evidence.user(0, profiles)[0]):
        said = Prompts("generic").messages(facts)[1]["content"]
        assert 50 < len(said) < 1500
        assert "words" in said or (facts.kind, long) == ("item", "profile")
