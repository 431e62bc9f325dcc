"""Prompts, rendered from plain template files."""

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rlmrec.common.errors import UserError
from rlmrec.profiles.request import Facts, Message, Request

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_REPEATED = 8000
"""Most characters of an unusable answer that are sent back with the request to write it again."""
# The last one asks again.
FILES = ("item.j2", "user.j2", "item_facts.j2", "user_facts.j2", "answer.j2", "repair.j2")


class Prompts:
    """The prompts of one domain.

    ``item.j2`` and ``user.j2`` say what to write, ``item_facts.j2`` and ``user_facts.j2`` lay out what is known (the
    names in them are the fields of ``Facts``), ``answer.j2`` says how to answer, and ``repair.j2`` asks again. A
    custom folder may hold some of them; ``shared`` and ``generic`` provide the others.

    Args:
        folder: name of a folder beside this module's templates, or path of another.
        files: the templates in use.
        option: that names the folder, for messages.

    Raises:
        UserError: if there is no such folder.
    """

    def __init__(self, folder: str, files: Sequence[str] = FILES, option: str = "prompt.folder") -> None:
        self.files = files
        own = next((path for path in (TEMPLATES / folder, Path(folder)) if path.is_dir()), None)
        if own is None:
            known = ", ".join(sorted(path.name for path in TEMPLATES.iterdir() if path.name != "shared"))
            raise UserError(f"{option}={folder} is neither a folder nor one of {known}")
        # Sandboxed: a template may come from anywhere, and only fills in text.
        self.environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([own, TEMPLATES / "shared", TEMPLATES / "generic"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            finalize=self._harmless,
        )

    def messages(self, facts: Facts) -> tuple[Message, ...]:
        """Return the conversation that asks for a profile: what to write, and what is known.

        Raises:
            UserError: names the template that is wrong.
        """
        return self.conversation(facts.kind, facts=facts)

    def conversation(self, name: str, **values: object) -> tuple[Message, ...]:
        """Return what ``name.j2`` asks for, and what ``name_facts.j2`` lays out.

        Raises:
            UserError: names the template that is wrong.
        """
        instructions, known = (self._render(f"{name}{part}.j2", **values) for part in ("", "_facts"))
        return ({"role": "system", "content": instructions}, {"role": "user", "content": known})

    def repair(self, request: Request, answer: str, problem: str) -> Request:
        """Return the request that follows an unusable answer, and says what was wrong with it."""
        return request.continued(answer[:LONGEST_REPEATED], self._render(self.files[-1], problem=problem))

    def sha256(self) -> str:
        """Return a checksum over the template files in use."""
        digest = hashlib.sha256()
        for name in self.files:
            source = self._source(name).encode()
            digest.update(f"{name} {len(source)}\n".encode() + source)
        return digest.hexdigest()

    @cached_property
    def _tags(self) -> re.Pattern[str]:
        """Return the beginning of any tag, such as ``</review>``, with which the templates end a block."""
        names = {name for file in self.files for name in re.findall(r"</([A-Za-z][\w-]*)>", self._source(file))}
        return re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(sorted(names))})\b)" if names else "(?!)", re.IGNORECASE)

    def _harmless(self, value: object) -> object:
        """Return a value in which no tag of the templates occurs, so that no text can end the block that holds it."""
        return self._tags.sub("&lt;", value) if isinstance(value, str) else value

    def _source(self, name: str) -> str:
        loader = self.environment.loader
        assert loader is not None
        return loader.get_source(self.environment, name)[0]

    def _render(self, name: str, **values: object) -> str:
        try:
            return self.environment.get_template(name).render(**values).strip()
        except (TemplateError, TypeError, ValueError) as error:
            raise UserError(f"prompt template {name}: {error}") from None
