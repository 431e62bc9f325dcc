"""Files of requests and results for a provider's batch interface."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rlmrec.common.endpoints.answers import error_text
from rlmrec.common.endpoints.no_answer import NoAnswerError, brief
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.files import atomic_write
from rlmrec.common.terminal import counted
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.job import OpenFolder, ProfileJob
from rlmrec.profiles.progress import Progress
from rlmrec.profiles.records import as_record, lost_record, repeated_record
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import Record

LONGEST_LINE = 2**22
"""Limit on the bytes of a line of results."""
REASONS_SHOWN = 10
KNOWN, STRANGE = "known already", "of no outstanding request"


def write_batch(job: ProfileJob, path: Path, limit: int) -> str:
    """Write a file of the next outstanding requests: those of items, then, once these are finished, of users.

    Args:
        job: the profiles to write.
        path: path of the file; must not exist.
        limit: maximum number of requests in it; providers accept 50,000 or fewer.

    Returns:
        A message on what was done and what to do next.

    Raises:
        UserError: if the file exists, the backend has no batches, no request is outstanding, or ``max_cost`` is too low
            for a request.
    """
    if not path.parent.is_dir():
        raise UserError(f"write_batch={path}: the folder {path.parent} does not exist")
    if path.exists():
        raise UserError(f"{path} exists already: choose another name for write_batch")
    with job.open() as opened:
        stage, requests = _next_stage(job, opened)
        if not requests:
            raise UserError("nothing is left to ask: run without write_batch to put the profiles into the folder")
        chosen = list(islice(_payable(job, opened, requests), limit))
        lines = [job.llm.batch_line(key, request.messages) for key, request in chosen]
    atomic_write(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return (
        f"{len(chosen)} of {len(requests)} outstanding requests for {stage} in {path}: hand it to the provider, "
        "then run with read_batch=<file of results>"
    )


def read_batch(job: ProfileJob, path: Path) -> str:
    """Store the answers in a file of results; reading a file twice has no further effect.

    Args:
        job: job with the same options as when the requests were written.
        path: path of the file.

    Returns:
        A message on the answers taken, the reasons for skipped lines, and what to do next.

    Raises:
        UserError: if the file is missing, or none of its lines is a result.
    """
    if not path.is_file():
        raise MissingFilesError(f"read_batch={path} is not a file")
    with job.open() as opened:
        stage, requests = _next_stage(job, opened)
        known, results, taken, left = opened.store.answers, 0, 0, Counter[str]()
        for line in _lines(path):
            digest, request = hashlib.sha256(line.strip()).hexdigest(), None
            try:
                key, result = _result(line)
                results += 1
                request = requests.get(key)
                answer = _answer(result, job.llm)
                if request is None:
                    if key in known and digest not in opened.store.lines and _is_another(answer, known[key]):
                        opened.store.append(repeated_record(answer, known[key], job.llm, digest))
                    raise NoAnswerError(KNOWN if key in known else STRANGE)
                if digest in opened.store.lines:  # each line was paid for once
                    raise NoAnswerError(answer.problem or KNOWN)
                opened.store.append(as_record(answer, request, key, job.llm, digest))
                if answer.problem:
                    raise NoAnswerError(answer.problem)
                del requests[key]
                taken += 1
            except NoAnswerError as reason:
                left[str(reason)] += 1
                if reason.maybe_billed and request is not None and digest not in opened.store.lines:
                    opened.store.append(lost_record(str(reason), request, key, job.llm, digest))
        cost = opened.store.cost(job.llm.prices)
    if not results:
        raise UserError(f"read_batch={path} holds no result of a batch: its lines are {next(iter(left), 'blank')}")
    if left[STRANGE] == results:
        raise UserError(
            f"read_batch={path}: its {counted(results, 'line')} answer no outstanding request: set llm, prompt, "
            "sampling and seed as when the batch was written"
        )
    reasons = [f"  {number:,} x {reason}" for reason, number in left.most_common(REASONS_SHOWN)]
    if len(left) > REASONS_SHOWN:
        reasons.append(f"  and {counted(len(left) - REASONS_SHOWN, 'other reason')}")
    return "\n".join(
        [
            f"{counted(taken, 'answer')} for {stage} taken, {counted(left.total(), 'line')} left{':' if left else ''}",
            *reasons,
            f"cost of all answers in the folder: {cost}",
            "next: write_batch=<new file> for what is outstanding, or run without either to ask for it one by one",
        ]
    )


def _is_another(answer: Answer, known: Record) -> bool:
    """Return whether an answer is another one than is known; records of earlier versions do not name their line."""
    return bool(known.line) or known.text != answer.text


def _payable(job: ProfileJob, opened: OpenFolder, requests: dict[str, Request]) -> Iterator[tuple[str, Request]]:
    """Yield requests, with their keys, up to a maximum total cost of ``max_cost``.

    Raises:
        UserError: if not even one is affordable.
    """
    left = float("inf") if job.max_cost is None else job.max_cost - opened.store.spent - opened.store.uncertain
    for number, (key, request) in enumerate(requests.items()):
        most = job.llm.most_cost(request)
        if most > left:
            if number:
                return
            shown = job.llm.prices.shown
            raise UserError(f"max_cost={job.max_cost:g}: {shown(left)} are left, and a request may cost {shown(most)}")
        left -= most
        yield key, request


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the non-blank lines of a file; longer ones are truncated just above ``LONGEST_LINE``."""
    with path.open("rb") as file:  # binary, since other line separators may occur in a text
        while line := file.readline(LONGEST_LINE + 1):
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(LONGEST_LINE)):
                pass
            if line.strip():
                yield line


def _next_stage(job: ProfileJob, opened: OpenFolder) -> tuple[str, dict[str, Request]]:
    """Return the current stage and its outstanding requests by key; entities with equal facts share one request."""
    stage, progress = "items", Progress.of(opened.requests.items(), job.prompt, job.llm, opened.store)
    if not progress.waiting:
        stage, progress = (
            "users",
            Progress.of(opened.requests.users(progress.finished), job.prompt, job.llm, opened.store),
        )
    return stage, {opened.requests.key(request): request for request in progress.waiting}


def _result(line: bytes) -> tuple[str, dict[str, Any]]:
    """Return the key in a line of a result file, and the parsed line.

    Raises:
        NoAnswerError: if the line is not a result.
    """
    if len(line) > LONGEST_LINE:
        raise NoAnswerError(f"longer than {LONGEST_LINE:,} bytes")
    try:
        result = json.loads(line)
    except (ValueError, RecursionError):
        raise NoAnswerError("not JSON") from None
    key = result.get("custom_id") if isinstance(result, dict) else None
    if not isinstance(key, str):
        raise NoAnswerError("without custom_id")
    return key, result


def _answer(result: dict[str, Any], backend: Backend) -> Answer:
    """Return the answer in a line of a result file.

    Raises:
        NoAnswerError: if the request failed, with the provider's reason.
    """
    response = result.get("response")
    status, body = (response.get("status_code"), response.get("body")) if isinstance(response, dict) else (0, {})
    if status not in (200, "200", None):  # some providers omit it
        raise NoAnswerError(f"failed: {_reason(result, status, body)}")
    return backend.batch_answer(body)


def _reason(result: dict[str, Any], status: object, body: Any) -> str:
    """Return the provider's reason for a failed request."""
    error = result.get("error") or (body.get("error") if isinstance(body, dict) else body)
    said = error_text({"error": error}) if error else "nobody said why"
    return brief(f"status {status}: {said}" if status else said)
