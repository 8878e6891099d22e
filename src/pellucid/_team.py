"""*Team*: threads in one compiled loop, which take the pieces of one task after the other.

To wake a thread of the pool takes 60 µs, as long as a node of a thousand examples does.  So it is
woken once, for many tasks; then leader and followers meet in memory, which takes less than one.
The leader announces a task by its number of pieces; whoever is there takes the next, and the
leader goes on when all are done.  A follower may come late, never or leave: what nobody has begun
the leader does itself.  Who does what is chance, so that no piece may depend on another.

The leader takes pieces from the front and the others from the back, so that each finds what it
wrote for the last task in its own cache.  One word says the task, its next piece and how many are
left, and is changed only by who knows all three: nobody can take a piece of a task that is over.
"""

import numpy as np

from pellucid._atomic import decrease, give_way, load, pause, store, swap
from pellucid._compile import kernel

__all__ = ["NONE", "announce", "assemble", "close", "finish", "follow", "linger", "take", "wait"]

NONE = -1
TICKET, UNDONE, CLOSED = range(0, 24, 8)  # places in a team, each in a line of its own
BITS = 20  # for the next piece, and for how many are left
NEXT, MOST = 1 << BITS, (1 << BITS) - 1
PATIENCE = 1 << 14  # pauses without a task, some 0.5 ms, after which a follower leaves


def assemble():
    """A team without a task yet."""
    return np.zeros(24, np.int64)


@kernel(borrows=True)
def announce(team, pieces):
    """Offer the pieces of a task but the first, which is for the one who announces it.

    What they are must have been written before.
    """
    number = (load(place(team, TICKET)) >> 2 * BITS) + 1
    store(place(team, UNDONE), pieces)
    store(place(team, TICKET), (number << 2 * BITS) + NEXT + pieces - 1)


@kernel(borrows=True)
def take(team):
    """The first piece that is left, NONE where none is."""
    ticket = load(place(team, TICKET))
    while ticket & MOST:
        if swap(place(team, TICKET), ticket, ticket + NEXT - 1):
            return ticket >> BITS & MOST
        ticket = load(place(team, TICKET))
    return NONE


@kernel(borrows=True, inner=True)
def take_last(team):
    ticket = load(place(team, TICKET))
    while ticket & MOST:
        if swap(place(team, TICKET), ticket, ticket - 1):
            return (ticket >> BITS & MOST) + (ticket & MOST) - 1
        ticket = load(place(team, TICKET))
    return NONE


@kernel(borrows=True)
def finish(team):
    """Say that a piece is done, and what it wrote can be read."""
    decrease(place(team, UNDONE))


@kernel(borrows=True)
def wait(team):
    """Until all pieces of the task are done."""
    spins = 0
    while load(place(team, UNDONE)):
        spins += 1
        if spins % 64:
            pause()
        else:
            give_way()  # it may be on this very core that the other one waits to go on


@kernel(borrows=True)
def follow(team):
    """The last piece that is left of this task or of one to come; NONE where none will."""
    idle = 0
    while idle < PATIENCE and not load(place(team, CLOSED)):
        piece = take_last(team)
        if piece != NONE:
            return piece
        pause()
        idle = 0 if load(place(team, UNDONE)) else idle + 1
    return NONE


@kernel(borrows=True)
def linger(offers, before):
    """Stay until another task is offered, or none is for a while.

    A follower that goes back to Python with its leader is in its way: both want the interpreter's
    lock, and who finds it taken sleeps for 50 µs.
    """
    for i in range(2 * PATIENCE):
        if load(np.uintp(offers.ctypes.data)) != before:
            return
        if i % 64:
            pause()
        else:
            give_way()


@kernel(borrows=True)
def close(team):
    """Send the followers home."""
    store(place(team, CLOSED), 1)


@kernel(borrows=True, inner=True)
def place(team, k):
    return np.uintp(team.ctypes.data) + np.uintp(8 * k)
