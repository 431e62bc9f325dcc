"""Construction of requests from facts."""

from collections.abc import Iterator, Mapping

from rlmrec.profiles.backends.base import Backend
from rlmrec.profiles.evidence import Evidence
from rlmrec.profiles.prompts import Prompts
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import AnswerStore


class RequestBuilder:
    """A builder of requests for all entities with known facts; those of users contain profiles of items.

    Args:
        evidence: known facts.
        prompts: templates of the prompts.
        backend: backend whose model and parameters are part of a request's key.
        store: stored answers.
    """

    def __init__(self, evidence: Evidence, prompts: Prompts, backend: Backend, store: AnswerStore) -> None:
        self.evidence = evidence
        self.prompts = prompts
        self.backend = backend
        self.store = store

    def items(self) -> Iterator[Request]:
        """Yield requests for the items' profiles."""
        for item in range(self.evidence.count("item")):
            facts, interactions = self.evidence.item(item)
            if facts:
                yield Request("item", item, self.prompts.messages(facts), facts, interactions)

    def users(self, profiles: Mapping[int, str]) -> Iterator[Request]:
        """Yield requests for the users' profiles.

        Args:
            profiles: finished profiles by item.
        """
        for user in range(self.evidence.count("user")):
            request = self._user(user, profiles)
            if request is not None:
                yield self._answered_before(request, profiles) or request

    def key(self, request: Request) -> str:
        """Return the key of a request's answer."""
        return request.key(self.backend.model, self.backend.parameters)

    def _user(self, user: int, profiles: Mapping[int, str]) -> Request | None:
        facts, interactions, withheld = self.evidence.user(user, profiles)
        if not facts:
            return None
        return Request("user", user, self.prompts.messages(facts), facts, interactions, withheld)

    def _answered_before(self, request: Request, profiles: Mapping[int, str]) -> Request | None:
        """Return the request that was answered before some item profiles existed: its paid answer stays valid."""
        if self.key(request) in self.store.answers:
            return None
        for withheld in sorted(self.store.withheld.get(request.id, ())):
            if withheld == request.withheld:
                continue
            present = set(self.evidence.items_of(request.id)) & profiles.keys() - set(withheld)
            less = {item: profiles[item] for item in present}
            earlier = self._user(request.id, less)
            if earlier is not None and self.key(earlier) in self.store.answers:
                return earlier
        return None
