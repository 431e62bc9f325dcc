"""Hyper-parameter search with Optuna."""

from rlmrec.common.errors import needs_extra


def require_optuna() -> None:
    """Check that Optuna is installed.

    Raises:
        UserError: if it is not; the message says how to install it.
    """
    with needs_extra("search", "hparams=optuna needs the package optuna"):
        import optuna  # noqa: F401
