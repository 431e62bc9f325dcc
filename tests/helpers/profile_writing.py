"""The command that writes profiles, with a server that plays an endpoint, and what it stored."""

import json
import re
from pathlib import Path
from typing import Any

from chat_server import ChatServer

KEY = "sk-0123456789-never-to-be-written"


def arguments(folder: Path, server: ChatServer, *more: str) -> list[str]:
    """Options that ask the server, and lose no time after failures."""
    return [
        f"folder={folder}",
        "llm=openai",
        f"llm.base_url={server.url}",
        "llm.first_delay=0.002",
        "llm.longest_delay=0.01",
        "llm.attempts=4",
        *more,
    ]


def subject(prompt: str) -> str:
    """The entity that a conversation is about; users are known by the reviews they wrote."""
    known = json.loads(prompt)[1]["content"]
    title = re.match(r"<title>(.*)</title>", known)
    return title.group(1) if title else re.findall(r"review of (user \d+) ", known)[0]


def records(folder: Path) -> list[dict[str, Any]]:
    """All that is stored of answers, in the order in which it came."""
    path = folder / "profiles" / "answers.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
