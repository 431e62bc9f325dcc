"""A trained run that can be used and tested again."""

from typing import Any

from rlmrec.api.build import build, load_dataset, load_source
from rlmrec.api.served_run import ServedRun
from rlmrec.common.errors import UserError
from rlmrec.common.silence import silence
from rlmrec.data.item_pool import evaluated_on
from rlmrec.evaluation.metrics import METRICS
from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.options.validate_options import instantiate_parts, validate_options
from rlmrec.training.build import build_model, deciding
from rlmrec.training.fit import fit_and_test
from rlmrec.training.recommender import Recommender
from rlmrec.training.testing.rescore import rescore
from rlmrec.training.testing.retest import retest


class TrainedRun(ServedRun):
    """A run with trained weights that can be used and tested again."""

    def evaluate(self, trainer: dict[str, Any] | None = None, **protocol: Any) -> dict[str, float]:
        """Test the best weights again, and return all test metrics by name.

        Args:
            trainer: options of the trainer; those of the run by default.
            protocol: changes to options of ``evaluation``: ``mask``, ``item_pool``, ``cold_from_text``, ``ks``,
                ``metrics`` or ``list_metrics``, the last two as returned by ``compose``.

        Raises:
            UserError: if an option is wrong, or the dataset is not the one used in training.
        """
        silence()
        options = self.options | {"evaluation": self._evaluation(protocol)}
        made = {"trainer": trainer or self.options["trainer"]}
        validate_options(options | made, build_model, fit_and_test, load_source)
        make_trainer = instantiate_parts(made, fit_and_test)["trainer"]
        model, data = build(options, self._dataset)
        if isinstance(model, Recommender) and model.cold_start is not None:
            # Other metrics may be asked for, but cold users and items stay where the run's own metric placed them.
            own = instantiate_parts({"evaluation": self.options["evaluation"]}, build_model)["evaluation"]
            model.cold_start.metrics, model.cold_start.monitor = deciding(own)
        return retest(self.folder, model, data, make_trainer)

    def rescore(self, **protocol: Any) -> dict[str, float]:
        """Score the recommendations that the run has stored, without its model, and return test metrics by name.

        Args:
            protocol: changes to options of ``evaluation``: ``ks``, ``metrics`` or ``list_metrics``, the last two as
                returned by ``compose``.

        Raises:
            MissingFilesError: if the run has stored no recommendations.
            UserError: if an option is wrong, a length exceeds that of the stored lists, or they do not fit the dataset.
        """
        if fixed := sorted(protocol.keys() - {"ks", "metrics", "list_metrics"}):
            raise UserError(f"the stored recommendations were ranked before: leave out {', '.join(fixed)}")
        stored = self.options["evaluation"]
        asked = instantiate_parts({"evaluation": self._evaluation(protocol)}, build_model)["evaluation"]
        ranked = instantiate_parts({"evaluation": stored}, build_model)["evaluation"]
        dataset = load_dataset(self.options) if self._dataset is None else self._dataset
        return rescore(self.folder, evaluated_on(dataset, ranked.item_pool), max(ranked.ks), asked)

    def _evaluation(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return the options of ``evaluation`` with changes, and a monitor that exists among the changed metrics.

        Raises:
            UserError: if an option does not exist, or ``ks`` is not a list.
        """
        if isinstance(changes.get("ks"), int):
            raise UserError(f"ks={changes['ks']}: give a list of lengths, such as [{changes['ks']}]")
        unknown = changes.keys() - EvaluationProtocol.__dataclass_fields__.keys()
        if unknown:
            raise UserError(f"evaluation has no option {', '.join(sorted(unknown))}")
        changed = self.options["evaluation"] | changes
        if {"ks", "metrics"} & changes.keys():
            names, ks = changed.get("metrics") or METRICS, changed.get("ks") or [20]
            changed["monitor"] = f"val/{next(iter(names))}@{ks[0]}"
        return changed
