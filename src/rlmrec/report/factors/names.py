"""Names of options by the part that they play in comparisons."""

from rlmrec.api import MODEL_OPTIONS
from rlmrec.report.factors.values import Value

DETERMINING = ("dataset", *(name for name in MODEL_OPTIONS if name != "seed"), "trainer", "initialise_from")
"""Options that determine a run, except for the seed; all others are labels, folders or derived from these."""
NO_FACTORS = (
    "dataset.cache",
    "dataset.url",
    "dataset.sha256",
    "dataset.verify_checksums",
    "dataset.memory_map",
    "dataset.download",
    "datamodule.static_shapes",
    "evaluation.ks",
    "evaluation.metrics",
    "evaluation.list_metrics",
    "trainer",
)
"""Options about folders and machines, or that only affect what is shown."""
FACTORS_STILL = (
    "trainer.max_epochs",
    "trainer.min_epochs",
    "trainer.max_steps",
    "trainer.max_time",
    "trainer.precision",
    "trainer.matmul_precision",
    "trainer.accumulate_grad_batches",
    "trainer.gradient_clip_val",
    "trainer.gradient_clip_algorithm",
    "trainer.overfit_batches",
    "trainer.limit_train_batches",
    "trainer.limit_val_batches",
    "trainer.limit_test_batches",
)
"""Options of the trainer that change results."""
USUAL: dict[str, Value] = {
    "trainer.matmul_precision": "highest",
    "trainer.accumulate_grad_batches": 1,
    "trainer.overfit_batches": 0,
    "trainer.limit_train_batches": 1.0,
    "trainer.limit_val_batches": 1.0,
    "trainer.limit_test_batches": 1.0,
}
"""Values that change nothing and that runs need not record; runs of 0.1.0 have no ``matmul_precision``."""
UNCHANGED = {"fusion": "NoFusion", "init": "Xavier"}
"""Classes of parts that change nothing; runs of 0.1.0 do not have these parts."""
CALLBACKS = (
    "EarlyStopping",
    "ValidationSchedule",
    "StochasticWeightAveraging",
    "WeightAveraging",
    "GradientAccumulationScheduler",
    "Timer",
)
"""Ends of the class names of callbacks that determine training; all others only show, measure or store."""
SCHEDULED = ("patience", "every_n_epochs")
"""Options that ``evaluation`` only passes on to callbacks."""
LENGTH = (
    "callbacks",
    "evaluation.every_n_epochs",
    "evaluation.monitor",
    "evaluation.patience",
    "trainer.limit_train_batches",
    "trainer.limit_val_batches",
    "trainer.max_epochs",
    "trainer.max_steps",
    "trainer.max_time",
    "trainer.min_epochs",
    "trainer.overfit_batches",
)
"""Options that determine how long is trained, and which weights are kept."""
BY_EPOCHS = (*LENGTH, "trainer", "optimizer", "scheduler", "negatives", "datamodule", "recommender")
"""Options without effect on models that are fitted at once."""
TEXT = (
    "align",
    "fusion",
    "init",
    "text_ablation",
    "encoder",
    "profile_embeddings",
    "dataset.root",
    "dataset.text_dim",
)
"""Options about text."""
COLD = "evaluation.cold_from_text"
"""Option for scoring users and items without interactions, which models without text also have."""
ASKED = ("evaluation.mask", "evaluation.item_pool", "trainer.limit_test_batches")
"""Options that define what a test asks for, and of which users."""
CONDITIONS = ("dataset", "interaction_noise", "initialise_from", *ASKED)
"""Options that define the task: only runs that agree in them are compared."""
TASK = ("interaction_noise", *ASKED)
"""Options that define the task of a model on its dataset: only settings that agree in them are ranked."""
PERTURBATIONS = ("text_ablation", "interaction_noise", "initialise_from")
"""Options that perturb data or text, or that start from the weights of an earlier run."""
