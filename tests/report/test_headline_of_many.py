"""Headlines of many settings look at the options of each once, whatever the number of metrics."""

from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec.report import setting
from rlmrec.report.build import Report
from rlmrec.report.headline import headlines


def test_options_are_looked_at_once_for_each_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        write(tmp_path / str(number), backbone=f"backbone{number}", recall=0.1 + number / 100)
    compared = Report([str(tmp_path)], ["recall@20"]).data.compared
    looked, factors = [], setting.factors
    monkeypatch.setattr(setting, "factors", lambda run: (looked.append(run), factors(run))[1])
    for part in compared:
        vars(part.setting).pop("factors", None)
    (line,) = headlines([*compared] * 5, "recall@20")
    assert "backbone5" in line
    assert len(looked) == 6
