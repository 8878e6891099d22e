"""NumPy's random generators."""

import numpy as np

from pellucid.persistence.codec import Kind, below

__all__: list[str] = []

BIT_GENERATORS = {
    cls.__name__: cls
    for cls in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.SFC64)
}


class RandomState(Kind, name="RandomState"):
    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.random.RandomState

    @staticmethod
    def encode(value, path, encoder):
        state = value.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            encoder.refuse(path, "only a RandomState over MT19937 can be set to a state")
        return {"state": encoder(state, below(path, "state"))}

    @staticmethod
    def decode(node, path, decoder):
        value = np.random.RandomState()
        value.set_state(_checked(decoder(node["state"], below(path, "state"))))
        return value


class Generator(Kind, name="Generator"):
    """The state of its bits, and the seed from which ``spawn`` derives children."""

    shared = True

    @staticmethod
    def holds(value):
        return type(value) is np.random.Generator

    @staticmethod
    def encode(value, path, encoder):
        bits = value.bit_generator
        seed = bits.seed_seq
        if type(bits).__name__ not in BIT_GENERATORS or type(seed) is not np.random.SeedSequence:
            encoder.refuse(path, f"a generator over {type(bits).__name__} has no place in a file")
        return {
            "state": encoder(bits.state, below(path, "state")),
            "seed": encoder(seed.state, below(path, "seed")),
        }

    @staticmethod
    def decode(node, path, decoder):
        state = _checked(decoder(node["state"], below(path, "state")))
        seed = decoder(node["seed"], below(path, "seed"))
        if seed["pool_size"] > 64:
            raise ValueError(f"the seed of {path} wants a pool of {seed['pool_size']}")
        bits = BIT_GENERATORS[state["bit_generator"]](np.random.SeedSequence(**seed))
        bits.state = state
        return np.random.Generator(bits)


def _checked(state):
    """NumPy does not look whether a position lies in the key."""
    if state["bit_generator"] == "MT19937" and state["state"]["pos"] not in range(625):
        raise ValueError("the position of a Mersenne twister lies outside its key")
    return state
