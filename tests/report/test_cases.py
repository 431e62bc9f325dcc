"""Whose case is told."""

from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec.report.finished_run import find
from rlmrec.report.sections.cases import _of_one_seed
from rlmrec.report.setting import group_runs
from rlmrec.report.trained_embeddings import ExcludedError


def test_all_lists_are_of_one_seed(tmp_path: Path) -> None:
    for align, seeds in (("none", (1, 2, 3)), ("contrastive", (2, 3, 4))):
        for seed in seeds:
            write(tmp_path / f"{align}{seed}", align, seed)
    settings, _ = group_runs(find([str(tmp_path)])[0])
    for preferred, used in ((3, 3), (4, 2)):
        assert [[run.seed for run in setting.runs] for setting in _of_one_seed(settings, preferred)] == [[used], [used]]


def test_without_a_shared_seed_there_is_no_case(tmp_path: Path) -> None:
    write(tmp_path / "a", "none", 1)
    write(tmp_path / "b", "contrastive", 2)
    with pytest.raises(ExcludedError, match="share no seed"):
        _of_one_seed(group_runs(find([str(tmp_path)])[0])[0], 2)
