"""Seeds that depend on run, purpose and counter, and on nothing else."""

from itertools import product

import torch

from rlmrec.common.seeding import derive_seed, generator, seed_draws


def test_seeds_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert derive_seed(2023, "step", 0) == 2676696432
    assert derive_seed(2023, "epoch", 7) == 572062641


def test_seed_purpose_and_counter_all_matter() -> None:
    cases = list(product((0, 1, 2023), ("step", "epoch", "weights"), range(50)))
    seeds = {derive_seed(*case) for case in cases}
    assert len(seeds) == len(cases)
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_generators_repeat_and_leave_the_global_state_alone() -> None:
    before = torch.get_rng_state()
    first, again, other = (torch.rand(5, generator=generator(1, "epoch", epoch)) for epoch in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_draws_on_the_cpu_are_those_of_manual_seed() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3_000_000_000)
        expected = torch.rand(5)
        for device in ("cpu", "meta"):
            seed_draws(3_000_000_000, torch.device(device))
            assert torch.equal(torch.rand(5), expected)
