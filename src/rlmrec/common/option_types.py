"""Types of options, with their valid ranges, for constructors that users configure."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

Rate = Annotated[float, Gt(0), Le(1)]
"""A share that may be everything but not nothing."""

Ratio = Annotated[float, Ge(0), Lt(1)]
"""A share that may be nothing but not everything."""
