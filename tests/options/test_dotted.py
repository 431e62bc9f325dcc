"""Options by dotted name."""

from rlmrec.options.dotted import dotted, leaves, within

OPTIONS = {"seed": 1, "backbone": {"_target_": "x.Y", "gnn": {"heads": [1, 2]}}, "logger": {}}


def test_groups_come_before_what_is_in_them() -> None:
    names = ["seed", "backbone", "backbone._target_", "backbone.gnn", "backbone.gnn.heads", "logger"]
    assert [name for name, _ in dotted(OPTIONS)] == names
    assert dict(dotted(OPTIONS))["backbone.gnn"] == {"heads": [1, 2]}


def test_leaves_are_no_groups() -> None:
    assert dict(leaves(OPTIONS)) == {"seed": 1, "backbone._target_": "x.Y", "backbone.gnn.heads": [1, 2]}


def test_a_name_is_within_a_group_by_whole_parts() -> None:
    assert within("backbone.gnn", ("seed", "backbone")) and within("seed", ("seed",))
    assert not within("backbones.gnn", ("backbone",)) and not within("backbone", ("backbone.gnn",))
