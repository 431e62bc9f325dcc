"""The HTTP interface as a FastAPI application."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rlmrec import __version__
from rlmrec.common.errors import UserError, printable
from rlmrec.serving.answers import Answers, key_of
from rlmrec.serving.batches import MOST_WAITING, Batches, BusyError
from rlmrec.serving.questions import (
    LONGEST_ID,
    MOST_PLACES,
    Entity,
    FoldInQuestion,
    Found,
    Health,
    ListsResponse,
    Model,
    Neighbour,
    RecommendQuestion,
    User,
    UserList,
)

PAGE = Path(__file__).parent / "page"
MOST_BYTES = 2**20
"""Maximum bytes of a request body."""
MOST_FOUND, MOST_SKIPPED = 100, 2**40
Id = Annotated[str, Query(min_length=1, max_length=LONGEST_ID)]
T = TypeVar("T")


def make_app(models: Sequence[Answers], hosts: Sequence[str], token: str | None = None) -> FastAPI:
    """Return the FastAPI application.

    Args:
        models: models that answer; questions go to the first one by default.
        hosts: host names under which the server may be called; others are refused, which protects against pages of
            other sites that read from it through a browser.
        token: token that callers must present; None if no token is required.
    """
    thread = ThreadPoolExecutor(1, "answers")  # one question at a time, so that memory use does not add up
    batches = [Batches[str, str, UserList](model.lists, thread) for model in models]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        thread.shutdown()

    app = FastAPI(title="RLMRec-Lightning", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.middleware("http")(_bounded_and_guarded)
    app.exception_handler(UserError)(_mistake)
    app.exception_handler(BusyError)(_busy)
    app.exception_handler(RequestValidationError)(_malformed)
    api = APIRouter(prefix="/api", dependencies=[Depends(_shown(token))])

    def chosen(number: int) -> Answers:
        if not 0 <= number < len(models):
            raise HTTPException(404, f"model {number}: there are only {len(models)}, counted from 0")
        return models[number]

    waiting = 0  # pending questions, except those answered in batches

    async def in_thread(work: Callable[[], T]) -> T:
        nonlocal waiting
        if waiting >= MOST_WAITING:
            raise BusyError
        waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        finally:
            waiting -= 1

    @api.get("/models")
    async def list_models() -> list[Model]:
        """Return the available models."""
        return await in_thread(lambda: [model.model for model in models])

    @api.post("/recommend")
    async def recommend(question: RecommendQuestion) -> ListsResponse:
        """Return lists for users of the dataset."""
        chosen(question.model)
        return ListsResponse(lists=await batches[question.model].ask(key_of(question), question.users))

    @api.post("/fold-in")
    async def fold_in(question: FoldInQuestion) -> UserList:
        """Return a list for a user unseen in training, from items, a profile text, or both."""
        model = chosen(question.model)
        return await in_thread(lambda: model.folded_in(question))

    @api.get("/similar")
    async def similar(
        kind: Literal["item", "user"], id: Id, k: Annotated[int, Query(ge=1, le=MOST_PLACES)] = 10, model: int = 0
    ) -> list[Neighbour]:
        """Return the nearest items or users."""
        answers = chosen(model)
        return await in_thread(lambda: answers.similar(kind, id, k))

    @api.get("/search")
    async def search(
        kind: Literal["item", "user"],
        words: Annotated[str, Query(max_length=LONGEST_ID)] = "",
        offset: Annotated[int, Query(ge=0, le=MOST_SKIPPED)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 20,
    ) -> Found:
        """Return users or items whose id or title contains the given text."""
        return await in_thread(lambda: models[0].directory.search(kind, words, offset, limit))

    @api.get("/user")
    async def user(id: Id) -> User:
        """Return a user with profile and history."""
        return await in_thread(lambda: models[0].directory.user(id))

    @api.get("/item")
    async def item(id: Id) -> Entity:
        """Return an item with its profile."""
        return await in_thread(lambda: models[0].directory.item(id))

    @app.get("/health")
    async def health() -> Health:
        """Check that the server is alive."""
        return Health(models=len(models), waiting=waiting + sum(batch.waiting for batch in batches))

    app.include_router(api)
    app.mount("/", StaticFiles(directory=PAGE, html=True))
    return app


def _shown(token: str | None) -> Callable[..., Awaitable[None]]:
    """Return a dependency that refuses callers without the token."""
    bearer = HTTPBearer(auto_error=False)

    async def check(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if token is not None and not (shown and secrets.compare_digest(shown.credentials.encode(), token.encode())):
            raise HTTPException(401, "show the token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})

    return check


async def _bounded_and_guarded(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse large bodies, and set headers that keep browsers from loading anything from elsewhere."""
    size = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not size.isdigit() or int(size) > MOST_BYTES:
        return JSONResponse(
            {"detail": f"the body of a request must tell its length, {MOST_BYTES:,} bytes at most"}, 413
        )
    response = await call(request)
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


async def _mistake(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": printable(str(error))}, 400)


async def _malformed(_: Request, error: Exception) -> Response:
    """Return the validation errors of a question without its values, which may not be JSON-serialisable."""
    assert isinstance(error, RequestValidationError)
    detail = [{name: wrong[name] for name in ("loc", "msg", "type")} for wrong in error.errors()]
    return Response(json.dumps({"detail": detail}), 422, media_type="application/json")


async def _busy(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"detail": "too many requests wait: try again"}, 503, {"Retry-After": "1"})
