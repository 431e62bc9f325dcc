"""Lines that each hold the literal of a Python dictionary, as in older review datasets."""

import ast
from collections.abc import Iterator
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.formats.lines import decoded_lines
from rlmrec.formats.object_lines import ObjectLines
from rlmrec.formats.values import whole_characters


class PythonLines(ObjectLines):
    """One literal dictionary per line, parsed by ``ast.literal_eval``, which executes nothing."""

    what = "a Python dictionary"

    def objects(self, path: Path, progress: bool = False) -> Iterator[dict[str, object]]:
        for number, line in decoded_lines(path, self.encoding, progress):
            if line.strip():
                yield _parse(path, number, line)


def _parse(path: Path, number: int, line: str) -> dict[str, object]:
    try:
        record = ast.literal_eval(line.strip())
        if "\\u" in line.lower():
            record = whole_characters(record)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise UserError(f"{path} line {number} is no Python dictionary: {reason}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path} line {number} is no Python dictionary but {type(record).__name__}")
    return {str(name): value for name, value in record.items()}
