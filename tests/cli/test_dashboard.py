import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rlmrec import compose
from rlmrec.cli import dashboard
from rlmrec.common.config_files import CONFIG_FOLDER
from tiny import command

pytestmark = pytest.mark.usefixtures("no_account")


def test_the_workspace_shows_what_runs_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(dashboard, "entity=team", "json=true", "metrics=[test/recall@5]") == 0
    workspace = json.loads(capsys.readouterr().out)
    assert (workspace["entity"], workspace["project"]) == ("team", "rlmrec")
    section = workspace["spec"]["section"]
    shown = {part["name"]: json.dumps(part["panels"]) for part in section["panel_bank_config"]["sections"]}
    assert "test/recall@5" in shown["Results"]
    assert "val/recall@20" in shown["Learning curves"]
    assert "recommendations" in shown["Recommendations"]
    for name in ("experiment", "dataset", "backbone", "align"):
        assert name in json.dumps(section["run_sets"][0]["grouping"])
    assert "val/recall@20" in json.dumps(section["run_sets"][0]["sort"])


@pytest.mark.parametrize(("words", "says"), [([], "entity="), (["entity=team"], "wandb login")])
def test_saving_says_what_it_needs(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(dashboard, *words) == 1
    assert says in capsys.readouterr().err


def test_saving_returns_the_place_and_passes_on_refusals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from wandb_workspaces.workspaces import Workspace  # late: it takes a while

    monkeypatch.setenv("WANDB_API_KEY", "made-up")
    saved: list[Workspace] = []

    def save(workspace: Workspace) -> Any:
        saved.append(workspace)
        if len(saved) > 1:
            raise ConnectionError("no\nnetwork")
        return type("Saved", (), {"url": "https://example.org/view"})

    monkeypatch.setattr(Workspace, "save", save)
    assert command(dashboard, "entity=team") == 0
    assert capsys.readouterr().out.strip() == "https://example.org/view"
    assert saved[0].name == "RLMRec"
    assert command(dashboard, "entity=team") == 1
    assert "did not take the workspace: no network" in capsys.readouterr().err


def test_every_parameter_of_the_wandb_sweep_is_an_option() -> None:
    sweep = yaml.safe_load(Path(CONFIG_FOLDER, "wandb_sweep.yaml").read_text())
    first, *rest = sweep["command"]
    assert (first, rest[-1]) == ("${env}", "${args_no_hyphens}")
    assert sweep["metric"] == {"name": "val/recall@20", "goal": "maximize"}
    choices = [word for word in rest if "=" in word]
    assert "logger=wandb" in choices
    ends = [spec.get("values", [spec.get("min"), spec.get("max")]) for spec in sweep["parameters"].values()]
    for place in (0, -1):
        words = [f"{name}={values[place]}" for name, values in zip(sweep["parameters"], ends, strict=True)]
        config = compose([*choices, *words])
        assert config["optimizer"]["lr"] == ends[0][place]
