"""Types of options, with their valid ranges, for constructors that users configure."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

Rate = Annotated[float, Gt(0), Le(1)]
"""A share in ``(0, 1]``."""

Ratio = Annotated[float, Ge(0), Lt(1)]
"""A share in ``[0, 1)``."""
