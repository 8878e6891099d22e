"""Load files that were tampered with, and use what comes of them: ``fuzz.py folder rounds seed``.

Every estimator of the catalogue is saved; then its tree and its arrays are changed at random, the
checksum is made to fit, and the file is loaded.  That may raise ``LoadError`` and nothing else.
What is loaded is asked about data; that may raise anything, but must not end the process.
"""

import contextlib
import copy
import resource
import shutil
import signal
import sys
import warnings

import numpy as np
from specimens import fit, material, say
from test_saved_files import rewrite

import pellucid
from pellucid._catalogue import estimators
from pellucid.persistence import LoadError

STRANGE = (None, True, False, 0, -1, 1, 3, 2**31, 2**53, -(2**53), 0.5, -1e308, 5e-324)
STRANGE += ("", "x", "nan", "<f8", "|O", "\x00", [], [[]], [1, 2], {}, {"$": "list"})
STRANGE += ({"$": "float", "value": "nan"}, {"$": "same", "as": ""}, {"$": "tuple", "items": []})


def nodes(tree):
    """Every (container, key) of a tree of JSON."""
    for key in tree if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from nodes(tree[key])


def change_tree(tree, rng):
    places = list(nodes(tree))
    container, key = places[rng.randint(len(places))]
    what = rng.randint(4)
    if what == 0:
        del container[key]
    elif what == 1:
        other, its_key = places[rng.randint(len(places))]
        container[key] = copy.deepcopy(other[its_key])
    elif what == 2 and isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    else:
        container[key] = copy.deepcopy(STRANGE[rng.randint(len(STRANGE))])


def change_array(arrays, rng):
    names = sorted(arrays)
    name, other = names[rng.randint(len(names))], names[rng.randint(len(names))]
    array = arrays[name]
    what = rng.randint(9)
    if what == 0:
        del arrays[name]
    elif what == 1:
        arrays[name], arrays[other] = arrays[other], arrays[name]
    elif what == 2:
        arrays[name] = array.reshape(-1)[: rng.randint(array.size + 1)].copy()
    elif what == 3:
        arrays[name] = np.concatenate([array.reshape(-1), array.reshape(-1)])
    elif what == 4:
        arrays[name] = array.reshape(array.shape + (1,) if rng.randint(2) else (1, *array.shape))
    elif what == 5:
        arrays[name] = array.view(np.dtype(f"i{array.itemsize}"))
    elif what == 6:
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(["f4", "f8", "i4", "i8", "u1", "?"][rng.randint(6)])
    elif what == 7 and array.size:
        extreme = np.array([0, 1, 1 << 30, -1, 1 << 62, -(1 << 63)][rng.randint(6)], np.int64)
        arrays[name] = array.copy()
        place = rng.randint(array.size)
        arrays[name].reshape(-1).view(f"u{array.itemsize}")[place] = extreme.view("u8").astype(
            f"u{array.itemsize}"
        )
    elif array.size:
        arrays[name] = array.copy()
        bits = arrays[name].reshape(-1).view(np.uint8)
        bits[rng.randint(bits.size)] ^= 1 << rng.randint(8)


def tamper(rng):
    def change(tree, arrays):
        for _ in range(1 + rng.randint(2)):
            if arrays and rng.randint(2):
                change_array(arrays, rng)
            elif isinstance(tree, dict | list):
                change_tree(tree, rng)
        for name, array in arrays.items():
            arrays[name] = np.ascontiguousarray(array).reshape(array.shape)
        return tree

    return change


def learn_on(model, data):
    """Kernels that learn index by what was learned before: go on, then start warm."""
    _, y = material(model)
    if hasattr(model, "partial_fit"):
        with contextlib.suppress(Exception):
            model.partial_fit(data, y)
    model.fit(data, y)


def _too_long(signum, frame):
    raise TimeoutError


def main(folder, rounds, seed):
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))  # what asks for more is refused it
    signal.signal(signal.SIGALRM, _too_long)
    original, path, loaded = f"{folder}/original", f"{folder}/tampered", 0
    for name, cls in sorted(estimators().items()):
        model, data = fit(cls)
        if "warm_start" in model.get_params():
            model.set_params(warm_start=True)
        pellucid.save(model, original)
        for number in range(rounds):
            print(f"{name}, case {number} of seed {seed}", flush=True)  # the last line, if we crash
            shutil.copyfile(original, path)
            rewrite(path, tamper(np.random.RandomState([seed, number])))
            try:
                tampered = pellucid.load(path)
            except LoadError:
                continue
            loaded += 1
            signal.alarm(10)  # a hundred million n-grams are slow, not unsafe
            for use in (say, learn_on):
                with contextlib.suppress(Exception):
                    use(tampered, data)
            signal.alarm(0)
    print(f"{loaded} loaded")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
