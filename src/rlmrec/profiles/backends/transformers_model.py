"""A backend that runs a Hugging Face causal language model on this machine."""

import asyncio
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from pydantic import PositiveInt
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from rlmrec.common.errors import UserError
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.request import Message, Request
from rlmrec.text.model_files import LOADING_ERRORS, model_identity

CONTROL = re.compile(r"<\|.+\|>|<(start|end)_of_turn>|\[/?INST\]|<</?SYS>>")
"""Matches control tokens of well-known models, not all of which are declared as special."""


class TransformersModel(Backend):
    """A backend for any ``transformers`` causal language model whose tokenizer has a chat template.

    Args:
        model: name on the Hugging Face hub, or path of a folder.
        parameters: arguments of ``generate``, such as ``max_new_tokens``, ``do_sample`` and ``temperature``.
        batch_size: number of prompts per batch; ``concurrency`` must be at least as high to fill it.
        max_prompt_tokens: number of tokens to which prompts are truncated, at their beginning.
        system_role: whether the chat template supports a system message.
        seed: seed of sampling.
        dtype: type of the weights; that of the saved model by default.
        device: device of the model; by default, a GPU if there is one.
    """

    def __init__(
        self,
        model: str,
        parameters: dict[str, Any],
        batch_size: PositiveInt = 8,
        max_prompt_tokens: PositiveInt = 8192,
        system_role: bool = True,
        seed: int = 2023,
        dtype: str = "auto",
        device: str | None = None,
    ) -> None:
        # A folder is identified by its name and checksum, not its path: answers stay valid if it is moved, and
        # manifests do not depend on the machine.
        identity = model_identity(model, Path(model)) if Path(model).is_dir() else {"model": model}
        name = identity.pop("model")
        options = {"seed": seed, "max_prompt_tokens": max_prompt_tokens, "system_role": system_role, "dtype": dtype}
        super().__init__(name, parameters | options | identity, packages=("transformers", "torch"))
        self.source = model
        self.generation = parameters
        self.batch_size = batch_size
        self.max_prompt_tokens = max_prompt_tokens
        self.system_role = system_role
        self.seed = seed
        self.dtype = dtype
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._waiting: list[tuple[str, asyncio.Future[Answer]]] = []
        self._work: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "TransformersModel":
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(self.source, padding_side="left", truncation_side="left")
            # The older weight format can execute code.
            network: Any = AutoModelForCausalLM.from_pretrained(self.source, use_safetensors=True, dtype=self.dtype)
        except LOADING_ERRORS as error:
            raise UserError(f"llm.model={self.source}: {str(error).strip().splitlines()[0]}") from None
        if not self.tokenizer.chat_template:
            raise UserError(f"llm.model={self.source}: its tokenizer has no chat template; choose an instruction model")
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.network = network.to(self.device).eval()
        set_seed(self.seed)
        return self

    async def answer(self, request: Request) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._chat(request.messages), future))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._answer_waiting())
        return await future

    async def _answer_waiting(self) -> None:
        """Answer waiting requests in batches; requests that arrive meanwhile join the next one."""
        await asyncio.sleep(0)  # lets other callers add their requests first
        while self._waiting:
            batch, self._waiting = self._waiting[: self.batch_size], self._waiting[self.batch_size :]
            try:
                answers = await asyncio.to_thread(self.generate, [text for text, _ in batch])
            except Exception as error:
                for _, future in batch:
                    future.set_exception(error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                future.set_result(answer)

    @torch.inference_mode()
    def generate(self, texts: list[str]) -> list[Answer]:
        """Return the model's continuations of rendered conversations."""
        tokens = self.tokenizer(
            texts,
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=self.max_prompt_tokens,
            add_special_tokens=False,
        ).to(self.device)
        # Some tokenizers return token types, which causal models do not accept.
        inputs = {name: tokens[name] for name in ("input_ids", "attention_mask")}
        length = inputs["input_ids"].shape[1]
        output = self.network.generate(**inputs, **self.generation, pad_token_id=self.tokenizer.pad_token_id)
        new = output[:, length:]  # (B, tokens)
        sent = inputs["attention_mask"].sum(1).tolist()
        received = (new != self.tokenizer.pad_token_id).sum(1).tolist()
        written = self.tokenizer.batch_decode(new, skip_special_tokens=True)
        return [Answer(*parts) for parts in zip(written, sent, received, strict=True)]

    def _harmless(self, text: str) -> str:
        """Return a text in which the model's control tokens, such as the end of a turn, are broken up."""
        for token in self.control_tokens:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    @cached_property
    def control_tokens(self) -> list[str]:
        """Return the texts of the tokenizer's control tokens."""
        added = self.tokenizer.added_tokens_decoder.values()
        found = {str(token) for token in added if token.special or CONTROL.fullmatch(str(token))}
        return sorted(token for token in found | {*self.tokenizer.all_special_tokens} if len(token.strip()) > 1)

    def _chat(self, messages: tuple[Message, ...]) -> str:
        conversation: list[Any] = [{**message, "content": self._harmless(message["content"])} for message in messages]
        if not self.system_role and conversation[0]["role"] == "system":
            system, first, *rest = conversation
            conversation = [{"role": "user", "content": f"{system['content']}\n\n{first['content']}"}, *rest]
        return str(self.tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True))
