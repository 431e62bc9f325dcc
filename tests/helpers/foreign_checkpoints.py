"""Checkpoints that a stranger has put into a run folder."""

import copy
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from attempts import Change
from harmful import Touch
from opcodes import STOP, call, group, name, number, record, text
from watch import Watch

Make = Callable[[Path, Watch], bytes]
"""The content of a file in place of a checkpoint."""
PROTOCOL = b"\x80\x02"
REDUCED, LISTED = b"R", b"]"


def in_place(make: Make) -> Change:
    """Both checkpoints of a run, changed in the same way."""

    def change(run: Path, watch: Watch) -> None:
        for path in (run / "checkpoints" / "best.ckpt", run / "checkpoints" / "last.ckpt"):
            path.write_bytes(make(path, watch))

    return change


def archive(members: dict[str, bytes], **options: Any) -> bytes:
    """A zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", **options) as file:
        for member, data in members.items():
            file.writestr(member, data)
    return content.getvalue()


def members_of(path: Path) -> dict[str, bytes]:
    """The members of an archive."""
    with zipfile.ZipFile(path) as file:
        return {member: file.read(member) for member in file.namelist()}


def pickled(value: bytes, key: str = "dataset") -> Make:
    """A checkpoint whose pickle holds a value."""
    content = PROTOCOL + record(state_dict=b"}", **{key: value}) + STOP
    members = {"archive/data.pkl": content, "archive/data/0": bytes(4), "archive/byteorder": b"little"}
    return lambda path, watch: archive(members | {"archive/version": b"3\n"})


def changed(change: Callable[[dict[str, Any]], Any]) -> Make:
    """The checkpoint with other content, as ``torch.save`` writes it."""

    def make(path: Path, watch: Watch) -> bytes:
        content = torch.load(path, weights_only=True)
        made, file = change(content), io.BytesIO()
        torch.save(content if made is None else made, file)
        return file.getvalue()

    return make


def _long(value: int) -> bytes:
    data = value.to_bytes(16, "little", signed=True)
    return b"\x8a\x10" + data


def _shared(levels: int) -> bytes:
    """A tuple of two references to a tuple of two references, and so on."""
    return b")" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(levels))


def _executing(path: Path, watch: Watch) -> bytes:
    return pickled(call(name("posix", "system"), text(f"touch {watch.canary}")))(path, watch)


def _executing_old(path: Path, watch: Watch) -> bytes:
    file = io.BytesIO()
    torch.save({"state_dict": {}, "dataset": Touch(watch.canary)}, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


def _overlapping(path: Path, watch: Watch) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for member, data in members_of(path).items():
            file.writestr(member, data)
        first = next(info for info in file.filelist if "/data/" in info.filename)
        for number_ in range(1000, 3000):
            again = copy.copy(first)
            again.filename = first.filename.rpartition("/")[0] + f"/{number_}"
            file.filelist.append(again)
    return content.getvalue()


def _short(path: Path, watch: Watch) -> bytes:
    """Weights of which only the first four bytes are there."""
    return archive({m: data[:4] if "/data/" in m else data for m, data in members_of(path).items()})


def _with_comment(path: Path, watch: Watch) -> bytes:
    content = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(content, "a") as file:
        file.comment = archive(members_of(path))
    return content.getvalue()


def _expanded(content: dict[str, Any]) -> None:
    content["state_dict"] |= {"backbone.initial_embeddings": torch.zeros(1).expand(10**10)}


def _set(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content.update(parts)


def _without(*parts: str) -> Callable[[dict[str, Any]], Any]:
    return lambda content: {part: value for part, value in content.items() if part not in parts}


COLLIDING = b"".join(_long(i * (2**61 - 1) * 2**4) + b"N" for i in range(1, 40_000))
CHECKPOINTS: dict[str, Make] = {
    "call": _executing,
    "call by a name from the stack": pickled(text("posix") + text("system") + b"\x93" + group(text("true")) + REDUCED),
    "pickle of the old kind": _executing_old,
    "pickle before an archive": lambda path, watch: _executing_old(path, watch) + path.read_bytes(),
    "archive in a comment": _with_comment,
    "TorchScript": lambda path, watch: archive(members_of(path) | {"archive/constants.pkl": b"\x80\x02N."}),
    "member in upper case": lambda path, watch: archive({"archive/DATA.PKL": b"."} | members_of(path)),
    "compressed": lambda path, watch: archive(
        members_of(path) | {"archive/data/77": bytes(2**28)}, compression=zipfile.ZIP_DEFLATED
    ),
    "members that overlap": _overlapping,
    "twenty gigabytes in twelve bytes": pickled(call(name("builtins", "bytearray"), _long(20 * 10**9))),
    "tensor of twenty gigabytes": pickled(call(name("torch", "FloatTensor"), _long(5 * 10**9))),
    "tuples in tuples": pickled(b")" + b"\x85" * 200_000),
    "lists in lists from outside": pickled(b"]q\x00" + b"".join(b"h\x00]q\x01ah\x01q\x00" for _ in range(200_000))),
    "list in itself": pickled(b"]q\x00h\x00a"),
    "tuples of the same twice": pickled(_shared(60)),
    "the same as a key": pickled(b"}" + _shared(60) + b"Ns"),
    "the same as the name of an array": pickled(
        group(text("storage"), name("torch", "FloatStorage"), _shared(60), text("cpu"), number(1)) + b"Q"
    ),
    "keys of the same hash": pickled(b"}(" + COLLIDING + b"u"),
    "keys of the same hash given at once": pickled(call(name("collections", "OrderedDict"), b"}(" + COLLIDING + b"u")),
    "codec": pickled(call(name("_codecs", "encode"), text("x" * 200_000), text("punycode"))),
    "one number for ten billion": changed(_expanded),
    "fewer numbers than it says": _short,
    "no weights": changed(_without("state_dict")),
    "no dataset": changed(_without("dataset")),
    "other weights": changed(_set(state_dict={"backbone.initial_embeddings": torch.zeros(3)})),
    "weights that are words": changed(_set(state_dict={"backbone.initial_embeddings": "x"})),
    "list": changed(lambda content: [1]),
    "half a file": lambda path, watch: path.read_bytes()[:500],
    "nothing": lambda path, watch: b"",
}
STATES: dict[str, Make] = {
    "loops that are a number": changed(_set(loops={"fit_loop": 3})),
    "callbacks of other types": changed(_set(callbacks={"Progress": {"best": "x"}, "Timer": 3, "Efficiency": {}})),
    "optimizer of other types": changed(_set(optimizer_states=[3])),
    "epochs that are words": changed(_set(epoch="1", global_step="x")),
}
"""States of the training, which only resuming reads."""
