"""Where a run is written."""

from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError

from rlmrec.options import resolvers
from rlmrec.runs.folder import RunFolder


def config(resume: Path | str | None) -> DictConfig:
    resolvers.register()
    resolvers.register()  # entry points of one process register anew
    resumed = str(resume) if resume is not None else None
    return OmegaConf.create({"resume": resumed, "align": "none", "dir": "${run_folder:${resume},outputs/${align}}"})


def test_a_new_run_takes_the_new_folder() -> None:
    assert config(None).dir == "outputs/none"


def test_a_resumed_run_takes_its_own(tmp_path: Path) -> None:
    RunFolder(tmp_path / "run").claim("")
    assert config(tmp_path / "run").dir == str(tmp_path / "run")


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_what_is_no_run_is_refused(name: str) -> None:
    with pytest.raises(InterpolationResolutionError, match=f"resume={name}.* is not a run folder"):
        _ = config(name).dir


@pytest.mark.parametrize(("name", "says"), [("outputs", "paths.outputs is"), ("data", "RLMREC_DATA.* is")])
@pytest.mark.parametrize("place", [None, "", " "])
def test_folders_without_a_name_are_refused(name: str, says: str, place: str | None) -> None:
    resolvers.register()
    config = OmegaConf.create({"paths": {name: place}, "dir": f"${{path:{name}}}/runs"})
    with pytest.raises(InterpolationResolutionError, match=f"{says} empty: name a folder"):
        _ = config.dir
