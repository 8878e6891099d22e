"""The random streams that a run draws from: the default one, and those of its data."""

from pellucid.autograd.random import Generator, default_generator

__all__ = ["restore", "states", "streams"]


def streams(data):
    """The generators of a loader, of its sampler and its batch sampler; the default one first."""
    batches = getattr(data, "batch_sampler", None)
    holders = (data, getattr(data, "sampler", None), batches, getattr(batches, "sampler", None))
    found = [default_generator, *(getattr(holder, "generator", None) for holder in holders)]
    return list({id(g): g for g in found if isinstance(g, Generator)}.values())


def states(generators):
    """Where each of them stands."""
    return [generator.get_state() for generator in generators]


def restore(generators, states):
    """Let each of them go on from where it stood."""
    if len(generators) != len(states):
        raise ValueError(
            f"the data draw from {len(generators)} random streams, those of the checkpoint from "
            f"{len(states)}: resume with data made in the same way"
        )
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state)
