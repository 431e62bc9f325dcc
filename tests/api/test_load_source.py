"""What the class of a dataset must offer."""

import pytest

import tiny
from rlmrec.api.build import load_source
from rlmrec.common.errors import UserError
from rlmrec.data import Dataset, DatasetLoader, FolderDataset
from rlmrec.options.validate_options import validate_options


class Loader:
    """Returns what it was given."""

    def __init__(self, content: object = None) -> None:
        self.content = content

    def load(self) -> Dataset:
        return self.content  # type: ignore[return-value]


class Reader:
    """Has another method than a loader."""

    def read(self) -> Dataset:
        return tiny.dataset()


def test_a_loader_is_whatever_has_load() -> None:
    dataset = tiny.dataset()
    assert load_source(Loader(dataset)) is dataset
    assert isinstance(Loader(), DatasetLoader) and isinstance(FolderDataset("x"), DatasetLoader)
    validate_options({"dataset": {"_target_": f"{__name__}.Loader"}}, load_source)


def test_a_class_without_load_is_refused_before_it_is_made() -> None:
    with pytest.raises(UserError, match=r"dataset._target_=.*Reader: this option takes DatasetLoader"):
        validate_options({"dataset": {"_target_": f"{__name__}.Reader"}}, load_source)


def test_something_else_than_a_dataset_is_named() -> None:
    with pytest.raises(UserError, match=r"Loader.load\(\) returned a dict; it must return a rlmrec.data.Dataset"):
        load_source(Loader({}))
