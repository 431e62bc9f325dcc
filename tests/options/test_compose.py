"""Options without a command line, and what composing leaves behind: nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

import rlmrec
from places import PROJECT
from rlmrec import compose
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.options.compose import with_absolute_paths


@pytest.fixture(autouse=True)
def no_hydra_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a fresh process: earlier commands of this one leave their configuration in place."""
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    GlobalHydra.instance().clear()


def untouched() -> bool:
    return not GlobalHydra.instance().is_initialized() and not HydraConfig.initialized()


def test_options_are_plain_and_resolved() -> None:
    options = compose(["backbone=sgl", "align=none", "optimizer.lr=0.01", "seed=7"])
    assert type(options) is dict and type(options["backbone"]) is dict and type(options["evaluation"]["ks"]) is list
    assert options["optimizer"]["lr"] == 0.01
    named = {"dataset": "bookshelf", "backbone": "sgl", "align": "none", "tags": [], "setting": "lr_0.01"}
    assert options["names"] == named
    assert options["callbacks"]["early_stopping"]["monitor"] == options["evaluation"]["monitor"]
    assert "hydra" not in options
    assert "${" not in str(options)


def test_it_needs_no_overrides_and_is_the_public_name() -> None:
    assert rlmrec.compose is compose
    assert compose() == compose([]) == compose(["backbone=lightgcn", "align=contrastive", "dataset=bookshelf"])


def test_no_global_of_hydra_is_left_behind_however_often_it_is_called() -> None:
    assert untouched()
    for overrides in ([], ["backbone=gccf"]):
        assert compose(overrides)["seed"] == 2023
        assert untouched()


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (["backbone=lightgcm"], "there is no backbone/lightgcm; did you mean lightgcn or lightgcl or lightgcn_pp?"),
        (["preset=yelpp"], "there is no preset=yelpp; did you mean yelp"),
        (["protocol=publishd"], "there is no protocol=publishd; did you mean published?"),
        ("backbone=sgl", "overrides must be a list such as ['backbone=sgl'], not one text"),
        (["+foo=1"], "+foo=1: there is no such option; one of a part is added by +PART.foo"),
        (["noise=0.1"], "unknown option 'noise'; did you mean interaction_noise?"),
        (["backbone.num_layers=[["], "backbone.num_layers"),
        (["names.dataset=${nothing}"], "nothing"),
        (["dataset=folder"], "dataset.root has no default: set dataset.root=..."),
    ],
)
def test_nor_when_it_fails(overrides: list[str] | str, says: str) -> None:
    with pytest.raises(UserError) as refusal:
        compose(overrides)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert untouched()
    assert compose(["seed=3"])["seed"] == 3


@pytest.mark.parametrize("overrides", [["seed=7"], ["sed=7"]])
def test_a_program_of_hydra_may_call_it(overrides: list[str]) -> None:
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        running = GlobalHydra.instance().hydra
        if overrides == ["seed=7"]:
            assert compose(overrides)["seed"] == 7
        else:
            with pytest.raises(UserError, match="did you mean seed"):
                compose(overrides)
        assert GlobalHydra.instance().hydra is running
        assert hydra_compose("report", overrides=["runs=x"]).runs == "x"


def test_options_of_other_commands() -> None:
    assert compose(["run=x"], "evaluate")["run"] == "x"
    assert compose(["folder=x", "transform=pca"], "encode_text")["transform"]["_target_"].startswith("rlmrec.text.")


def test_paths_do_not_depend_on_the_folder_of_the_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = compose(["dataset=folder", "dataset.root=data/books", "initialise_from=outputs/first"])
    assert options["dataset"]["root"] == str(tmp_path / "data" / "books")
    assert options["initialise_from"] == str(tmp_path / "outputs" / "first")
    assert compose(["paths.data=elsewhere"])["dataset"]["cache"] == str(tmp_path / "elsewhere")


def test_places_are_kept_as_seen_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"dataset": {"root": "data", "cache": None}, "initialise_from": "outputs/run", "seed": 1}
    kept = with_absolute_paths(options)
    assert kept["dataset"] == {"root": str(tmp_path / "data"), "cache": None}
    assert kept["initialise_from"] == str(tmp_path / "outputs/run")
    assert with_absolute_paths({"dataset": {}, "initialise_from": None}) == {"dataset": {}, "initialise_from": None}


def test_options_of_a_machine_are_in_a_folder_that_git_ignores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = shutil.copytree(CONFIG_FOLDER, tmp_path / "conf")
    monkeypatch.setattr("rlmrec.options.compose.CONFIG_FOLDER", str(own))
    without = compose(["dataset=amazon"])
    (own / "local").mkdir(exist_ok=True)
    text = "# @package _global_\nseed: 11\nbackbone:\n  num_layers: 5\npaths:\n  outputs: elsewhere\n"
    (own / "local" / "default.yaml").write_text(text)
    changed = compose(["dataset=amazon"])
    assert (changed["seed"], changed["backbone"]["num_layers"], changed["paths"]["outputs"]) == (11, 5, "elsewhere")
    assert changed["backbone"] | {"num_layers": 3} == without["backbone"], "it wins over presets, and adds nothing"
    assert "local" not in changed
    assert compose(["seed=3"])["seed"] == 3, "the command line wins"
    ignored = subprocess.run(["git", "check-ignore", "conf/local/default.yaml"], cwd=PROJECT, capture_output=True)
    assert ignored.returncode == 0 or not (PROJECT / ".git").exists()


def test_an_option_may_be_set_as_one_that_is_added() -> None:
    assert compose(["++seed=3"])["seed"] == 3


def test_a_file_that_is_no_yaml_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "backbone").mkdir()
    (tmp_path / "backbone" / "mine.yaml").write_text("_target_: [my_lab\n")
    with pytest.raises(UserError, match=r"a configuration file is no YAML: .*line 1, column 11"):
        compose(["backbone=mine"], config_dir=tmp_path)
