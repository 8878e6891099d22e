"""Sequences of different lengths, as one tensor: padded to the longest, or packed without padding.

Packed, the rows of time 0 come first, then those of time 1, and so on, each time those of the
sequences that still run; the longest sequence comes first.
"""

from collections import namedtuple
from collections.abc import Iterable

import numpy as np

from pellucid.autograd import Tensor, op, unrecorded
from pellucid.autograd.functions.shaping import cat

__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class PackedSequence(
    namedtuple(
        "PackedSequence",
        ["data", "batch_sizes", "sorted_indices", "unsorted_indices"],
        defaults=[None, None],
    )
):
    """Rows (M, ...) in the order of time, and how many there are of each time.

    ``sorted_indices`` say which sequence of the batch became the first, the second ...,
    ``unsorted_indices`` where each of the batch went; None where they were sorted to begin with.
    """

    __slots__ = ()

    def to(self, *args, **kwargs):
        """The rows in another type, or elsewhere; itself, where they are so."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)


def _casting(name):
    def cast(self):
        return self.to(getattr(self.data, name)())

    cast.__name__, cast.__doc__ = name, f"The rows as after ``.{name}()``."
    return cast


for _name in ("cpu", "byte", "char", "short", "int", "long", "half", "float", "double"):
    setattr(PackedSequence, _name, _casting(_name))


@op
def taken(x, places: object):
    """Rows of x, none of them twice."""
    return x[places], lambda dy, n=x.shape[0]: placed(dy, places, n)


@op
def placed(x, places: object, n_rows: int, elsewhere=0.0):
    """n rows, of which those at ``places`` are the rows of x."""
    return _placed(x, places, n_rows, elsewhere), lambda dy: taken(dy, places)


@unrecorded
def _placed(x, places, n_rows, elsewhere):
    out = np.full_like(x, elsewhere, shape=(n_rows, *x.shape[1:]))
    out[places] = x
    return out


def _places(batch_sizes, order, n_times, n_sequences, batch_first):
    """Which row of the padded tensor, its first two dimensions taken as one, each packed row is."""
    runs = np.arange(n_sequences) < np.reshape(batch_sizes, (-1, 1))  # (T, N)
    time, sequence = np.nonzero(runs)
    sequence = sequence if order is None else order[sequence]
    return sequence * n_times + time if batch_first else time * n_sequences + sequence


def _numbers(lengths):
    return np.asarray(lengths._array if isinstance(lengths, Tensor) else lengths, np.int64)


def _tensor(indices):
    return None if indices is None else Tensor._of(indices)


def _array(indices):
    return None if indices is None else indices._array


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """A PackedSequence of padded sequences (T, N, ...), or (N, T, ...) if ``batch_first``.

    With ``enforce_sorted`` the lengths must fall; else the sequences are sorted here.
    """
    lengths = _numbers(lengths)
    n_sequences, n_times = input.shape[:2] if batch_first else input.shape[1::-1]
    if len(lengths) != n_sequences:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} "
            f"(batch_size={n_sequences})"
        )
    if len(lengths) == 0 or lengths.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if lengths.max() > n_times:
        raise RuntimeError(
            f"a length of {lengths.max()} was given for sequences padded to {n_times}"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
    if np.any(np.diff(lengths) > 0):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence to have them sorted here."
        )
    batch_sizes = np.sum(lengths[:, None] > np.arange(lengths[0]), 0)  # (T,)
    places = _places(batch_sizes, order, n_times, n_sequences, batch_first)
    data = taken(input.flatten(0, 1), places)
    back = None if order is None else np.argsort(order)
    return PackedSequence(data, Tensor._of(batch_sizes), _tensor(order), _tensor(back))


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """The padded sequences (T, N, ...) of a PackedSequence, and their lengths (N,).

    ``total_length`` stands for T where that is to be longer than the longest.
    """
    data, batch_sizes, order, back = sequence
    sizes = batch_sizes._array
    n_times, n_sequences = len(sizes), int(sizes[0])
    if total_length is not None and total_length < n_times:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, "
            f"but got total_length={total_length} and max sequence length being {n_times}"
        )
    n_times = total_length or n_times
    places = _places(sizes, _array(order), n_times, n_sequences, batch_first)
    rows = placed(data, places, n_times * n_sequences, padding_value)
    shape = (n_sequences, n_times) if batch_first else (n_times, n_sequences)
    lengths = np.sum(sizes[:, None] > np.arange(n_sequences), 0)
    lengths = lengths if back is None else lengths[back._array]
    return rows.unflatten(0, shape), Tensor._of(lengths)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Sequences (T_n, ...) as one tensor (T, N, ...), or (N, T, ...) if ``batch_first``."""
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"Expected iterable for input sequences, but got {type(sequences)}")
    if not len(sequences):
        raise RuntimeError("received an empty list of sequences")
    lengths = np.array([len(x) for x in sequences])
    longest = lengths.max()
    time = np.concatenate([np.arange(n) for n in lengths])
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    if padding_side == "left":
        time = time + (longest - lengths)[sequence]
    places = sequence * longest + time if batch_first else time * len(lengths) + sequence
    shape = (len(lengths), longest) if batch_first else (longest, len(lengths))
    rows = placed(cat(list(sequences)), places, longest * len(lengths), padding_value)
    return rows.unflatten(0, tuple(map(int, shape)))


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The sequences (T_n, ...) of a padded tensor."""
    padded = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    if len(padded) != len(lengths):
        raise ValueError(f"there are {len(lengths)} lengths for {len(padded)} sequences")
    return [padded[k, :n] for k, n in enumerate(_numbers(lengths).tolist())]


def pack_sequence(sequences, enforce_sorted=True):
    """A PackedSequence of sequences (T_n, ...)."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, False, enforce_sorted)


def unpack_sequence(packed_sequences):
    """The sequences (T_n, ...) of a PackedSequence."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
