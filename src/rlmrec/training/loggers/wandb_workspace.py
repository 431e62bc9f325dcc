"""A saved view of a W&B project."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rlmrec.common.errors import UserError, needs_extra, one_line
from rlmrec.common.program import command
from rlmrec.training.loggers.wandb_logger import has_account

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace

GROUPS = ("experiment", "dataset", "backbone", "align", "setting")
"""Fields, as ``wandb_logger`` logs them, that are shared by repetitions with other seeds and by no other runs."""


def build(entity: str | None, project: str, name: str, monitor: str, metrics: Sequence[str]) -> "Workspace":
    """Return a workspace with results, learning curves, importance of options, and recommendations by title.

    Args:
        entity: W&B user or team.
        project: W&B project.
        name: name of the workspace.
        monitor: validation metric by which runs are ordered.
        metrics: test metrics by which runs are compared.

    Raises:
        UserError: if the package for workspaces is not installed.
    """
    with needs_extra("dashboard", "src/dashboard.py needs the package wandb-workspaces"):
        from wandb_workspaces import workspaces as ws
        from wandb_workspaces.reports import v2 as panels
    terms = ("train/loss", "train/bpr", "train/align")
    sections: dict[str, list[Any]] = {
        "Results": [panels.BarPlot(title=f"{metric}, mean of the group", metrics=[metric]) for metric in metrics],
        "Learning curves": [panels.LinePlot(title=term, x="epoch", y=[term]) for term in (monitor, *terms)],
        "Search": [panels.ParameterImportancePlot(with_respect_to=monitor), panels.RunComparer(diff_only="split")],
        "Recommendations": [panels.WeavePanelSummaryTable(table_name="recommendations")],
    }
    return ws.Workspace(
        entity=entity or "",
        project=project,
        name=name,
        sections=[ws.Section(name=title, panels=shown, is_open=True) for title, shown in sections.items()],
        runset_settings=ws.RunsetSettings(
            groupby=[ws.Config(group) for group in GROUPS],
            order=[ws.Ordering(ws.Summary(monitor), ascending=False)],  # not by a test metric
        ),
    )


def as_json(workspace: "Workspace") -> str:
    """Return the workspace that ``save`` would store, as JSON."""
    return workspace._to_model().model_dump_json(indent=2)


def save(workspace: "Workspace") -> str:
    """Save a workspace in its project, and return its URL.

    Raises:
        UserError: if entity or account are missing, or W&B rejects the workspace.
    """
    if not workspace.entity:
        raise UserError(f"name whose project it is: {command('dashboard')} entity=... ; json=true needs none")
    if not has_account():
        raise UserError("saving a workspace needs an account: run 'wandb login' or set WANDB_API_KEY")
    try:
        return workspace.save().url
    except Exception as error:  # anything that the network, W&B or its client raise
        raise UserError(f"W&B did not take the workspace: {one_line(error)}") from None
