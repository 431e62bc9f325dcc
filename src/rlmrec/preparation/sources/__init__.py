"""Sources of raw data."""

from rlmrec.preparation.sources.base import RawSource, RawTable, RawTables, ReadySource
from rlmrec.preparation.sources.recbole import RecBoleSource
from rlmrec.preparation.sources.table import TableSource
from rlmrec.preparation.sources.xrec import XRecSource

__all__ = ["RawSource", "RawTable", "RawTables", "ReadySource", "RecBoleSource", "TableSource", "XRecSource"]
