"""Names of the runs of a study."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NEUTRAL = {"align": "none", "fusion": "none", "init": "xavier"}
"""Options of the parts combined with a backbone, each with the choice that is compatible with every backbone."""
LONGEST = 240
"""Maximum bytes of a folder name: file systems allow 255, and files beside it have longer names."""


def run_name(dataset: str, backbone: str, align: str, seed: int, varied: Sequence[tuple[str, Any]]) -> str:
    """Return a readable folder name determined by options alone, e.g. ``yelp-sgl-none-num_layers_2-seed_1``.

    Args:
        dataset: name or folder of the dataset.
        backbone: chosen backbone.
        align: chosen alignment.
        seed: seed of the run.
        varied: names and values of all other options that distinguish the runs. If they make the name too long for a
            file system, their end is replaced by a hash of all of them.
    """
    start, end = [_plain(dataset), backbone, align], f"seed_{seed}"
    room = LONGEST - len("-".join([*start, "", end]).encode())
    return "-".join(filter(None, [*start, shortened(setting_name(varied), room), end]))


def dataset_place(dataset: Mapping[str, Any], chosen: str) -> str:
    """Return the name of a dataset for run names: its own, else the name of its folder, else the chosen option."""
    return str(dataset.get("name") or Path(dataset.get("root") or chosen).name)


def shortened(text: str, room: int) -> str:
    """Return a text of at most ``room`` UTF-8 bytes; a longer text is cut and ends in a hash of the whole."""
    whole = text.encode()
    if len(whole) <= room:
        return text
    digest = hashlib.sha256(whole).hexdigest()[:8]
    return f"{whole[: max(0, room - 9)].decode(errors='ignore')}-{digest}"


def row_name(backbone: str, align: str, fusion: str = "none", init: str = "xavier", text_ablation: str = "none") -> str:
    """Return the name of a model's parts, e.g. ``sgl-none-kar``: backbone, alignment and other parts that are active.

    Args:
        backbone: chosen backbone.
        align: chosen alignment.
        fusion: chosen fusion.
        init: chosen initialiser.
        text_ablation: chosen text ablation.
    """
    others = {"fusion": fusion, "init": init, "text_ablation": text_ablation}
    told = [part for name, part in others.items() if part != NEUTRAL.get(name, "none")]
    return "-".join([backbone, align, *told])


def setting_name(varied: Sequence[tuple[str, Any]]) -> str:
    """Return a readable name of options and values, e.g. ``interaction_noise_0.25-num_layers_2``; empty without any."""
    parts = [f"{name.rpartition('.')[2]}_{_plain(value)}" for name, value in sorted(varied, key=lambda pair: pair[0])]
    return "-".join(parts)


def _plain(value: Any) -> str:
    """Return a value for use in a file name: the last part of a path, with special characters replaced."""
    text = f"{value:g}" if isinstance(value, float) else Path(str(value)).name  # 0.0 and 0 are the same option
    return "".join(character if character.isalnum() or character in "._" else "_" for character in text)
