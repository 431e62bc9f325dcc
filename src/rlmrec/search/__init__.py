"""Search for hyper-parameters with Optuna."""

from importlib.util import find_spec

from rlmrec.common.errors import UserError


def require_optuna() -> None:
    """Say how to get Optuna.

    Raises:
        UserError: if it is not installed.
    """
    if find_spec("optuna") is None:
        raise UserError("hparams=optuna needs the package optuna: pip install 'rlmrec-lightning[search]'")
