"""Weights & Biases."""

import hashlib
import netrc
import os
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt
from pytorch_lightning.loggers import WandbLogger

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.training.loggers.held_rows import HeldRows


class ClosableWandbLogger(HeldRows, WandbLogger):
    """Lightning's W&B logger, closed with the run: otherwise the next job of a multirun would write to the same one.

    Args:
        recommendations: path of the recommendations made at test time, if any.
        users_shown: number of users whose recommendations W&B shows.
        options: options of Lightning's logger.
    """

    def __init__(self, recommendations: Path, users_shown: int, **options: Any) -> None:
        super().__init__(**options)
        self._wandb_init.pop("anonymous", None)  # W&B warns of it even as None
        self.recommendations = recommendations
        self.users_shown = users_shown

    def close(self, results: dict[str, Any] | None, dataset: Dataset) -> None:
        """End the W&B run.

        Args:
            results: values of the run's summary, with the metrics of the best epoch instead of the last; None if the
                run did not finish.
            dataset: dataset that the run was trained on.
        """
        if results:
            from rlmrec.training.loggers.wandb_records import artifacts, recommendations_table  # late: imports W&B

            for artifact in artifacts(dataset, embeddings_used=bool(results["embeddings"])):
                self.experiment.log_artifact(artifact)
            if table := recommendations_table(self.recommendations, dataset, self.users_shown):
                self.experiment.log({"recommendations": table})
            self.experiment.summary.update(results["metrics"] | {k: v for k, v in results.items() if k != "metrics"})
        self.experiment.finish(exit_code=0 if results else 1)


def wandb_logger(
    folder: RunFolder,
    description: RunDescription,
    project: str = "rlmrec",
    entity: str | None = None,
    offline: bool | None = None,
    users_shown: NonNegativeInt = 20,
) -> ClosableWandbLogger:
    """Return a logger of a W&B run grouped with its repetitions; a resumed run continues the same W&B run.

    Args:
        folder: run folder; W&B's files are in its subfolder ``wandb/``.
        description: name, group, job type, tags and configuration of the run.
        project: W&B project.
        entity: W&B user or team.
        offline: whether to keep everything on disk, to be sent later with ``wandb sync``; by default if no account is
            set up.
        users_shown: number of users in the table of recommendations.
    """
    described = {"dataset": description.dataset, "backbone": description.backbone, "align": description.align}
    settings: dict[str, Any] = {
        "id": hashlib.sha256(str(folder.path.resolve()).encode()).hexdigest()[:16],
        "name": description.name,
        "group": description.group,
        "job_type": "train",
        "tags": [*described.values(), *([description.experiment] if description.experiment else []), *description.tags],
        "config": described
        | {"experiment": description.experiment, "setting": description.setting, "seed": description.seed}
        | {"options": description.options, "embeddings": description.embeddings},
        "entity": entity,
        "resume": "allow",
        "settings": {"quiet": True},  # the run prints its own table of results
    }
    if offline is None:
        offline = not has_account()
    elif not offline and not has_account():
        raise UserError("logger.wandb.offline=false needs an account: run 'wandb login' or set WANDB_API_KEY")
    if offline:  # the environment variable that Lightning sets comes too late if W&B was used before
        settings["mode"] = "offline"
    return ClosableWandbLogger(
        folder.recommendations,
        users_shown,
        project=project,
        save_dir=folder.path,
        offline=offline,
        log_model=False,
        **settings,
    )


def has_account() -> bool:
    """Return whether credentials for W&B are set up on this machine."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai").removeprefix("https://").removeprefix("http://")
    path = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    try:
        return netrc.netrc(path).authenticators(host.rstrip("/")) is not None
    except (OSError, netrc.NetrcParseError):
        return False
