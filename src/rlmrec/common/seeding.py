"""Seeds derived from (seed, purpose, counter), so that a resumed run needs no hidden state."""

import zlib

import numpy as np
import torch


def derive_seed(seed: int, purpose: str, counter: int) -> int:
    """Return a 32-bit seed for one purpose and one step or epoch, independent of all others."""
    # zlib.crc32 instead of hash(), which differs between processes.
    sequence = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), counter])
    return int(sequence.generate_state(1)[0])


def seed_draws(seed: int, device: torch.device) -> None:
    """Seed the generators of the CPU and of a device.

    ``torch.manual_seed`` checks every supported device type, which takes as long as a small training step.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type != "cpu":
        torch.manual_seed(seed)


def generator(seed: int, purpose: str, counter: int) -> torch.Generator:
    """Return a CPU generator seeded by ``derive_seed``."""
    return torch.Generator().manual_seed(derive_seed(seed, purpose, counter))
