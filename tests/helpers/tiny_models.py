"""Tiny models with random weights, saved as a user's model folder would be."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789:.'"
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def tokenizer(template: str) -> PreTrainedTokenizerFast:
    """A tokenizer of single letters within words."""
    pieces = [*SPECIAL.values(), *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(single=template, special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, **SPECIAL)


def bert(folder: Path) -> Path:
    """A BERT of two layers, 16 wide."""
    torch.manual_seed(0)
    words = tokenizer("[CLS] $A [SEP]")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    BertModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def t5(folder: Path) -> Path:
    """A T5 with encoder and decoder, 16 wide; its tokenizer puts nothing before the text."""
    torch.manual_seed(0)
    words = tokenizer("$A [SEP]")
    config = T5Config(vocab_size=len(words), d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    T5ForConditionalGeneration(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
