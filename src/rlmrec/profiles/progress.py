"""The progress of a job, determined from its stored answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rlmrec.common.terminal import progress_bar
from rlmrec.profiles.answer import MalformedAnswerError, parse
from rlmrec.profiles.backends.base import Backend
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore


@dataclass
class Progress:
    """Finished profiles by id, and outstanding requests: first attempts, and repairs of malformed answers."""

    finished: dict[int, str] = field(default_factory=dict)
    waiting: list[Request] = field(default_factory=list)

    @classmethod
    def of(cls, requests: Iterable[Request], prompts: Prompts, backend: Backend, store: AnswerStore) -> "Progress":
        """Classify requests by their stored answers; entities whose repair was malformed, too, are left out."""
        progress = cls()
        for request in progress_bar(requests, desc="prompts", unit="prompt"):
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
