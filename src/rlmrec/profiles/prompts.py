"""Prompts, rendered from template files."""

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
"""Maximum number of characters of a malformed answer that are sent back in a repair request."""
# The last template is that of repair requests.
FILES = ("item.j2", "user.j2", "item_facts.j2", "user_facts.j2", "answer.j2", "repair.j2")


class Prompts:
    """The prompts of one domain.

    ``item.j2`` and ``user.j2`` contain the instructions, ``item_facts.j2`` and ``user_facts.j2`` the known facts (their
    variables are the fields of ``Facts``), ``answer.j2`` the answer format, and ``repair.j2`` the request to correct an
    answer. A custom folder may contain some of them; ``shared`` and ``generic`` provide the others.

    Args:
        folder: name of a folder in this module's templates, or path of another one.
        files: names of the templates in use, that of repair requests last.
        option: name of the option of the folder, for messages.

    Raises:
        UserError: if there is no such folder.
    """

    def __init__(self, folder: str, files: Sequence[str] = FILES, option: str = "prompt.folder") -> None:
        self.files = files
        own = next((path for path in (TEMPLATES / folder, Path(folder)) if path.is_dir()), None)
        if own is None:
            known = ", ".join(sorted(path.name for path in TEMPLATES.iterdir() if path.name != "shared"))
            raise UserError(f"{option}={folder} is neither a folder nor one of {known}")
        # Sandboxed, since a template may come from an untrusted source.
        self.environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([own, TEMPLATES / "shared", TEMPLATES / "generic"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            finalize=self._harmless,
        )

    def messages(self, facts: Facts) -> tuple[Message, ...]:
        """Return the conversation that requests a profile: instructions and known facts.

        Raises:
            UserError: if a template is invalid; names it.
        """
        return self.conversation(facts.kind, facts=facts)

    def conversation(self, name: str, **values: object) -> tuple[Message, ...]:
        """Return the conversation of the instructions in ``name.j2`` and the facts in ``name_facts.j2``.

        Raises:
            UserError: if a template is invalid; names it.
        """
        instructions, known = (self._render(f"{name}{part}.j2", **values) for part in ("", "_facts"))
        return ({"role": "system", "content": instructions}, {"role": "user", "content": known})

    def repair(self, request: Request, answer: str, problem: str) -> Request:
        """Return the request to correct a malformed answer, which states the problem."""
        return request.continued(answer[:LONGEST_REPEATED], self._render(self.files[-1], problem=problem))

    def sha256(self) -> str:
        """Return a checksum of the template files in use."""
        digest = hashlib.sha256()
        for name in self.files:
            source = self._source(name).encode()
            digest.update(f"{name} {len(source)}\n".encode() + source)
        return digest.hexdigest()

    @cached_property
    def _tags(self) -> re.Pattern[str]:
        """Return a pattern of the beginning of any tag that closes a block in the templates, such as ``</review>``."""
        names = {name for file in self.files for name in re.findall(r"</([A-Za-z][\w-]*)>", self._source(file))}
        return re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(sorted(names))})\b)" if names else "(?!)", re.IGNORECASE)

    def _harmless(self, value: object) -> object:
        """Return a value with the templates' tags escaped, so that no text can close its enclosing block."""
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
