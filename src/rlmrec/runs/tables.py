"""Columns of the tables in a run folder."""

from rlmrec.common.bounded.tables import Columns

PER_USER: Columns = {"user": "whole number", "external_id": "text"}
"""Columns of ``per_user_test.parquet``, which has one more for each metric."""
RECOMMENDATIONS: Columns = {
    "user": "whole number",
    "rank": "whole number",
    "item": "whole number",
    "score": "number",
    "hit": "truth value",
}
"""Columns of ``recommendations.parquet``."""
HISTORY: Columns = {"epoch": "whole number"}
"""Columns of ``metrics.csv``, which has one more for each logged metric."""
