"""Made-up integer logs."""

import numpy as np
import polars as pl


def log(
    num_users: int = 40, num_items: int = 30, size: int = 600, seed: int = 0, distinct: bool = False
) -> pl.DataFrame:
    """Interactions in raw order; pairs are repeated and some timestamps equal or unknown unless ``distinct``."""
    random = np.random.default_rng(seed)
    if distinct:
        pairs = np.sort(random.choice(num_users * num_items, size, replace=False))
        random.shuffle(pairs)
        users, items = pairs // num_items, pairs % num_items
        times = random.integers(0, 300, size)
        unknown = np.zeros(size, dtype=bool)
    else:
        users = (num_users * random.random(size) ** 2).astype(int)
        items = (num_items * random.random(size) ** 2).astype(int)
        times = random.integers(0, 5, size)
        unknown = random.random(size) < 0.3
    frame = pl.DataFrame(
        {
            "row": np.arange(size) * 3 + 1,
            "user": users,
            "item": items,
            "rating": random.integers(1, 6, size).astype(np.float32),
            "timestamp": times,
            "review_characters": random.integers(0, 9, size),
            "item_characters": items % 7,
        }
    )
    return frame.with_columns(timestamp=pl.when(~pl.Series(unknown)).then("timestamp"))
