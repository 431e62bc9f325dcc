"""Batches: a file of requests for a provider's batch interface, and its file of results."""

import json
from itertools import islice
from pathlib import Path

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.files import atomic_write
from rlmrec.profiles.backends.base import Answer
from rlmrec.profiles.job import OpenFolder, ProfileJob
from rlmrec.profiles.progress import Progress
from rlmrec.profiles.request import Request
from rlmrec.profiles.writer import as_record


def write_batch(job: ProfileJob, path: Path, limit: int) -> str:
    """Write a file of the next requests, each line named by its key: items first, then users when items are done.

    Args:
        job: the profiles to write.
        path: the file; must not exist.
        limit: requests in it at most; providers take 50,000 or fewer.

    Returns:
        A message: what was done and what to do next.

    Raises:
        UserError: if the file exists, the back end has no batches, or nothing is left to ask.
    """
    if not path.parent.is_dir():
        raise UserError(f"write_batch={path}: the folder {path.parent} does not exist")
    if path.exists():
        raise UserError(f"{path} exists already: choose another name for write_batch")
    with job.open() as opened:
        stage, requests = _next_stage(job, opened)
        if not requests:
            raise UserError("nothing is left to ask: run without write_batch to put the profiles into the folder")
        chosen = list(islice(requests.items(), limit))
        lines = [job.llm.batch_line(key, request.messages) for key, request in chosen]
    atomic_write(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return (
        f"{len(chosen)} of {len(requests)} outstanding requests for {stage} in {path}: hand it to the provider, "
        "then run with read_batch=<file of results>"
    )


def read_batch(job: ProfileJob, path: Path) -> str:
    """Take a file of results into the store; reading one twice changes nothing.

    Args:
        job: as when the requests were written.
        path: the file.

    Returns:
        A message: what was done and what to do next.

    Raises:
        UserError: if the file is missing, or a line is not one of a result file; lines before it are kept.
    """
    if not path.is_file():
        raise MissingFilesError(f"read_batch={path} is not a file")
    with job.open() as opened:
        stage, requests = _next_stage(job, opened)
        taken = left = 0
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):  # other line ends may occur in a text
            if not line.strip():
                continue
            key, answer = _result(line, f"{path}, line {number}")
            request = requests.pop(key, None) if answer else None
            if answer is None or request is None:
                left += 1
                continue
            opened.store.append(as_record(answer, request, key, job.llm))
            taken += 1
    return (
        f"{taken} answers for {stage} taken; {left} lines left: failed, known already, or asked with other options. "
        "Next: write_batch=<new file> for what is outstanding, or run without either to ask for the rest one by one"
    )


def _next_stage(job: ProfileJob, opened: OpenFolder) -> tuple[str, dict[str, Request]]:
    """Return the stage and its outstanding requests, by key: entities with equal facts share one request."""
    stage, progress = "items", Progress.of(opened.requests.items(), job.prompt, job.llm, opened.store)
    if not progress.waiting:
        stage, progress = (
            "users",
            Progress.of(opened.requests.users(progress.finished), job.prompt, job.llm, opened.store),
        )
    return stage, {opened.requests.key(request): request for request in progress.waiting}


def _result(line: bytes, where: str) -> tuple[str, Answer | None]:
    """Return key and answer of a line of a result file; the answer is None if the request failed."""
    try:
        result = json.loads(line)
        key, response = str(result["custom_id"]), result["response"]
        if not response or response["status_code"] != 200:
            return key, None
        text, usage = response["body"]["choices"][0]["message"]["content"] or "", response["body"].get("usage")
        counts = (int(usage["prompt_tokens"]), int(usage["completion_tokens"])) if usage else (None, None)
    except (ValueError, TypeError, LookupError):
        raise UserError(f"{where} is not a line of a batch result file") from None
    return key, Answer(str(text), *counts)
