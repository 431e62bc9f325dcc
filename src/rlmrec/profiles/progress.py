"""How far the answers in a store go."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tqdm import tqdm

from rlmrec.profiles.answer import MalformedAnswerError, parse
from rlmrec.profiles.backends.base import Backend
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore


@dataclass
class Progress:
    """Profiles that are there, by id, and what is to be asked next: first tries, and second ones after malformed."""

    finished: dict[int, str] = field(default_factory=dict)
    waiting: list[Request] = field(default_factory=list)

    @classmethod
    def of(cls, requests: Iterable[Request], prompts: Prompts, backend: Backend, store: AnswerStore) -> "Progress":
        """Sort requests by what the store has of them; an entity whose second try was malformed too is in neither."""
        progress = cls()
        for request in tqdm(requests, desc="prompts", unit="prompt"):
            conversation = request
            for _ in range(2):
                known = store.answers.get(conversation.key(backend.model, backend.parameters))
                if known is None or known.text is None:
                    progress.waiting.append(conversation)
                    break
                try:
                    progress.finished[request.id] = parse(known.text).summarization
                    break
                except MalformedAnswerError as error:
                    conversation = prompts.repair(conversation, known.text, str(error))
        return progress
