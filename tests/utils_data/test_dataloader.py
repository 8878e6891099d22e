"""Batches: PyTorch's, for the same seed, from any number of workers."""

import gc
import multiprocessing
import random as python_random

import loaded
import numpy as np
import pytest

from pellucid.autograd import random
from pellucid.autograd.creation import arange
from pellucid.utils import data
from pellucid.utils.data import DataLoader, TensorDataset


def listed(loader):
    return [batch.tolist() for batch in loader]


ORDERS = {
    "in order": {"batch_size": 3},
    "shuffled": {"batch_size": 3, "shuffle": True},
    "full ones": {"batch_size": 3, "shuffle": True, "drop_last": True},
    "one by one": {"shuffle": True},
    "without batches": {"batch_size": None},
    "by a sampler": {"batch_size": 4, "sampler": [3, 1, 2, 0, 9]},
    "by batches": {"batch_sampler": [[1, 2], [3], [4, 5, 6]]},
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("own", [False, True], ids=["the default stream", "a generator"])
def test_two_epochs_are_pytorchs(name, own):
    torch = pytest.importorskip("torch")
    random.manual_seed(5)
    torch.manual_seed(5)
    g, h = (random.Generator(), torch.Generator()) if own else (None, None)
    ours = DataLoader(TensorDataset(arange(11)), generator=g, **ORDERS[name])
    theirs = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.arange(11)), generator=h, **ORDERS[name]
    )
    assert len(ours) == len(theirs)
    for _ in range(2):
        assert [b[0].tolist() for b in ours] == [b[0].tolist() for b in theirs]
        assert random.rand(1).item() == torch.rand(1).item()


def test_the_seed_is_drawn_when_the_epoch_begins():
    torch = pytest.importorskip("torch")
    random.manual_seed(5)
    torch.manual_seed(5)
    ours, theirs = (
        iter(DataLoader(range(9), 3, shuffle=True)),
        iter(torch.utils.data.DataLoader(range(9), 3, shuffle=True)),
    )
    assert random.rand(1).item() == torch.rand(1).item()
    assert next(ours).tolist() == next(theirs).tolist()


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n", [0, 7, 8])
def test_a_stream_in_batches(n, drop_last):
    loader = DataLoader(loaded.Count(n), 4, drop_last=drop_last)
    want = [list(range(n))[i : i + 4] for i in range(0, n, 4)]
    want = [b for b in want if len(b) == 4 or not drop_last]
    assert listed(loader) == listed(loader) == want
    assert len(loader) == len(want)
    assert list(DataLoader(loaded.Count(n), None)) == list(range(n))
    assert len(DataLoader(loaded.Count(n), None)) == n


def test_a_collation_of_ones_own():
    assert list(DataLoader(range(5), 2, collate_fn=list)) == [[0, 1], [2, 3], [4]]


def test_a_data_set_may_give_many_examples_at_once():
    class Many(loaded.Squares):
        def __getitems__(self, indices):
            return [-i for i in indices]

    assert listed(DataLoader(Many(5), 2)) == [[0, -1], [-2, -3], [-4]]


def test_an_example_that_raises_stop_iteration_does_not_end_the_epoch_quietly():
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(DataLoader(loaded.Ended(4), 2))


REFUSED = {
    "fewer workers than none": {"num_workers": -1},
    "time before now": {"timeout": -1},
    "ahead of what": {"prefetch_factor": 2},
    "nobody persists": {"persistent_workers": True},
    "two orders": {"sampler": [1], "shuffle": True},
    "two batchings": {"batch_sampler": [[1]], "batch_size": 2},
    "batches dropped twice": {"batch_sampler": [[1]], "drop_last": True},
    "no batch to drop": {"batch_size": None, "drop_last": True},
    "batches of none": {"batch_size": 0},
    "a way to start nobody": {"multiprocessing_context": "spawn"},
    "no way to start": {"num_workers": 1, "multiprocessing_context": "bad"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_options_that_contradict_are_refused_as_pytorch_does(name):
    torch = pytest.importorskip("torch")
    for loader in (DataLoader, torch.utils.data.DataLoader):
        with pytest.raises(ValueError):
            loader(range(3), **REFUSED[name])


@pytest.mark.parametrize("option", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}])
def test_a_stream_has_its_own_order(option):
    with pytest.raises(ValueError, match="DataLoader with IterableDataset: expected unspecified"):
        DataLoader(loaded.Count(3), **option)


def test_a_stream_has_no_batches_of_none():
    with pytest.raises(ValueError, match="batch_size should be a positive integer value"):
        DataLoader(loaded.Count(3), batch_size=0)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_an_error_in_a_batch_leaves_the_others(num_workers):
    batches, seen = iter(DataLoader(loaded.Holed(6), 2, num_workers=num_workers)), []
    while True:
        try:
            seen.append(next(batches).tolist())
        except ZeroDivisionError:
            seen.append(None)
        except StopIteration:
            break
    assert seen == [[0, 1], None, [4, 5]]


def test_what_the_batches_were_made_of_cannot_be_changed():
    loader = DataLoader(range(4), 2)
    for name in ("batch_size", "sampler", "batch_sampler", "drop_last", "dataset"):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set after"):
            setattr(loader, name, None)


def test_a_stream_that_is_longer_than_it_said_is_warned_of():
    loader = DataLoader(loaded.Whole(3), batch_size=None, num_workers=2)
    assert sum(1 for _ in loader) == 6  # nobody has asked
    assert len(loader) == 3
    batches = iter(loader)
    assert [next(batches) for _ in range(3)] == [0, 0, 1]
    with pytest.warns(UserWarning, match=r"reported to be 3 .* but 4 samples have been fetched"):
        next(batches)


def nobody_left():
    gc.collect()
    return not [p for p in multiprocessing.active_children() if p.name.startswith("ForkServer")]


def test_workers_make_the_same_batches_in_the_same_order():
    random.manual_seed(5)
    alone = [(x.tolist(), i.tolist()) for x, i in DataLoader(loaded.Squares(20), 3, True)]
    after = random.rand(1).item()
    random.manual_seed(5)
    loader = DataLoader(loaded.Squares(20), 3, True, num_workers=2, prefetch_factor=3)
    assert [(x.tolist(), i.tolist()) for x, i in loader] == alone
    assert random.rand(1).item() == after
    assert nobody_left()


def test_each_worker_has_its_own_seed_and_says_who_it_is():
    random.manual_seed(5)
    python_random.seed(0)
    base = data.sampler.draw_seed()
    random.manual_seed(5)
    loader = DataLoader(loaded.Here(4), num_workers=2, persistent_workers=True)

    def told():
        return np.array([[x.item() for x in batch] for batch in loader]).T

    ids, counts, seeds, processes = told()
    assert ids.tolist() == [0, 1, 0, 1] and set(counts) == {2}
    assert seeds.tolist() == [base, base + 1] * 2
    assert (told()[3] == processes).all(), "persistent workers are the same processes"
    next(iter(loader))  # what an epoch left early had asked for does not come in the next
    assert told()[0].tolist() == [0, 1, 0, 1]
    assert data.get_worker_info() is None


def test_what_workers_draw_is_told_by_the_seed_and_differs_between_them():
    def drawn():
        random.manual_seed(7)
        return [
            (a.tolist(), b.item(), c.item())
            for a, b, c in DataLoader(loaded.Drawn(4), num_workers=2)
        ]

    first = drawn()
    assert first == drawn()
    assert len({b for _, b, _ in first}) == len({c for *_, c in first}) == 4
    assert len({str(a) for a, _, _ in first}) == 4


def test_a_stream_is_shared_out_by_the_data_set():
    loader = DataLoader(loaded.Count(11), 3, num_workers=2)
    assert listed(loader) == [[0, 2, 4], [1, 3, 5], [6, 8, 10], [7, 9]]  # as PyTorch has them


def test_a_function_starts_each_worker():
    loader = DataLoader(loaded.Drawn(1), num_workers=1, worker_init_fn=loaded.reseed)
    ((_, b, _),) = list(loader)
    assert b.item() == np.random.RandomState(100).rand()


FAULTS = {
    "an example fails": (loaded.Faulty(9), {}, KeyError, "no fifth example"),
    "an error that cannot travel": (loaded.Oddly(9), {}, RuntimeError, "Odd: one and two"),
    "a worker dies": (loaded.Dying(9), {}, RuntimeError, "exited unexpectedly, with code 3"),
    "a worker is slow": (loaded.Slow(9), {"timeout": 0.5}, RuntimeError, "timed out after 0.5"),
    "a batch that cannot travel": (
        loaded.Unsendable(9),
        {"collate_fn": loaded.as_list},
        Exception,
        "pickle",
    ),
    "a start that fails": (
        loaded.Squares(9),
        {"worker_init_fn": loaded.no_start},
        ValueError,
        "worker 0 will not start",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_worker_that_fails_is_an_error_and_never_a_wait(name):
    dataset, options, kind, words = FAULTS[name]
    with pytest.raises(kind, match=words) as caught:
        list(DataLoader(dataset, 2, num_workers=1, **options))
    if not options.get("timeout") and "dies" not in name:
        assert "worker process 0" in caught.value.__notes__[0]
    del caught  # whose traceback has the batches, for whoever would go on to the next
    assert nobody_left()


def test_leaving_an_epoch_early_leaves_nobody_behind():
    batches = iter(DataLoader(loaded.Large(40), 4, num_workers=2))
    assert next(batches).shape == (4, 300_000)  # larger than a pipe holds
    del batches
    assert nobody_left()


def test_many_numbers_in_a_batch_do_not_stop_both_ends_of_a_pipe():
    loader = DataLoader(loaded.Squares(400_000), 100_000, num_workers=1, collate_fn=len)
    assert list(loader) == [100_000] * 4


def test_a_program_with_threads_is_not_forked():
    with pytest.raises(ValueError, match="spawn or forkserver"):
        DataLoader(range(4), num_workers=1, multiprocessing_context="fork")
    with pytest.raises(TypeError, match="should be a valid context"):
        DataLoader(range(4), num_workers=1, multiprocessing_context=object())


@pytest.mark.parametrize("n", [1, 99, 100, 101, 250])
def test_every_example_comes_once_an_epoch_and_the_data_stays_as_it_was(n):
    """numpy-ml's minibatch repeats or drops examples of a last batch that is not full."""
    x = np.arange(n)
    loader = DataLoader(x, 100, shuffle=True)
    for _ in range(3):
        seen = [i for batch in listed(loader) for i in batch]
        assert sorted(seen) == list(range(n))
    assert [len(b) for b in listed(loader)] == [100] * (n // 100) + [n % 100] * (n % 100 > 0)
    assert (x == np.arange(n)).all()
