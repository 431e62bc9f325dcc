"""Search for hyper-parameters with Optuna."""

from importlib.util import find_spec

from rlmrec.common.errors import UserError


def require_optuna() -> None:
    """Check that Optuna is installed.

    Raises:
        UserError: says how to install it.
    """
    if find_spec("optuna") is None:
        raise UserError("hparams=optuna needs the package optuna: pip install 'rlmrec-lightning[search]'")
