"""A text table for the terminal, Markdown and LaTeX."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

LATEX = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "|": r"\textbar{}",
    "[": "{[}",  # after the end of a row, a bracket would start an optional argument
}


@dataclass(frozen=True)
class TextTable:
    """Rows of text under a header.

    Args:
        title: title above the table.
        header: titles of the columns.
        rows: rows of cells, each as long as the header.
        words: number of leading text columns; the others hold numbers and are aligned right.
        note: note below the table.
        best: row and column numbers of the cells to print in bold.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    note: str = ""
    best: Collection[tuple[int, int]] = ()

    @property
    def narrow(self) -> "TextTable":
        """Return the table without empty columns; the first column is always kept."""
        kept = [i for i in range(len(self.header)) if i < 1 or any(row[i] for row in self.rows)]
        rows = [[row[i] for i in kept] for row in self.rows]
        words = sum(i < self.words for i in kept)
        best = {(row, kept.index(i)) for row, i in self.best if i in kept}
        return TextTable(self.title, [self.header[i] for i in kept], rows, words, self.note, best)

    def rich(self) -> RichTable:
        """Return the table for the terminal; brackets in cells are not markup."""
        table = RichTable(
            title=Text(self.title),
            title_justify="left",
            caption=Text(self.note) if self.note else None,
            caption_justify="left",
            box=box.SIMPLE_HEAD,
            collapse_padding=True,
            pad_edge=False,
        )
        for i, name in enumerate(self.header):
            number = i >= self.words  # numbers are never wrapped; if space is short, text is
            table.add_column(Text(name), overflow="fold", justify="right" if number else "left", no_wrap=number)
        for i, row in enumerate(self.rows):
            table.add_row(*(Text(cell, "bold" if (i, j) in self.best else "") for j, cell in enumerate(row)))
        return table

    def markdown(self) -> str:
        """Return the table as Markdown."""
        rule = ["---" if i < self.words else "---:" for i in range(len(self.header))]
        rows = [map(markdown, self.header), *self._cells(markdown, "**{}**")]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, f"| {' | '.join(rule)} |")
        return "\n".join([f"**{markdown(self.title)}**", "", *lines, *(["", markdown(self.note)] if self.note else [])])

    def latex(self) -> str:
        """Return the table as LaTeX for the package booktabs."""
        columns = "l" * self.words + "r" * (len(self.header) - self.words)
        lines = [map(_latex, self.header), *self._cells(_latex, r"\textbf{{{}}}")]
        header, *rows = (" & ".join(row) + r" \\" for row in lines)
        return "\n".join(
            [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{_latex(' '.join([f'{self.title}.', self.note]).strip())}}}",
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                header,
                r"\midrule",
                *rows,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
            ]
        )

    def _cells(self, escape: Callable[[str], str], bold: str) -> list[list[str]]:
        """Return all rows with cells escaped and the best ones in bold."""
        return [
            [bold.format(escape(cell)) if (i, j) in self.best else escape(cell) for j, cell in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]


def markdown(text: str) -> str:
    """Return text as one line of Markdown, escaped so that text from runs is neither markup nor HTML."""
    for character in "\\|*_<>`":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.replace("](", "]\\(").split())


def _latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in text)
