"""Options without which nothing can be trained."""

import pytest

from rlmrec import compose, train
from rlmrec.common.errors import UserError


@pytest.mark.parametrize("name", ["names", "dataset", "trainer"])
def test_a_needed_option_is_missed_before_anything_is_done(name: str) -> None:
    options = compose(["backbone=pop", "align=none"])
    del options[name]
    with pytest.raises(UserError, match=f"^{name} is missing: it cannot be left out$"):
        train(options)
