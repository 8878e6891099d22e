"""A pickle read as what it is here: a program for a small machine with a stack.

Python's own reader calls whatever the file names.  This one knows the instructions that build
numbers, strings and containers, and lets a file call only what its reader gives it in a table; each
other instruction, and each other name, is an error that says so.
"""

import pickletools

__all__ = ["as_key", "read_pickle"]

PUSHED = {  # instructions that put their argument on the stack
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINUNICODE8", "SHORT_BINBYTES", "BINBYTES"),
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
NEW = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_SET": set, "EMPTY_TUPLE": tuple}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
KEYS = (str, int, float, bytes, type(None))  # not tuples: their hashes can take for ever
_MARK = object()


def read_pickle(file, names, persistent):
    """The value of the next pickle in ``file``.

    Parameters
    ----------
    file : binary file
    names : dict
        (module, name) -> what stands for it: a callable may be called by the file.
    persistent : callable
        From what the file says of a value that lies elsewhere, to that value.

    Raises
    ------
    ValueError
        For an instruction or a name that is not known, or what no pickle does.
    """
    machine = _Machine(names, persistent)
    for instruction, argument, _ in pickletools.genops(file):
        if instruction.name == "STOP":
            break
        machine.step(instruction.name, argument)
    (value,) = machine.stack
    return value


class _Machine:
    """The stack, and the memo of what was put aside."""

    def __init__(self, names, persistent):
        self.names, self.persistent = names, persistent
        self.stack, self.memo = [], {}

    def step(self, name, argument):
        push = self.stack.append
        if name in PUSHED:
            push(argument)
        elif name in CONSTANTS:
            push(CONSTANTS[name])
        elif name in NEW:
            push(NEW[name]())
        elif name == "MARK":
            push(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            push(self.memo[argument])
        elif name in TUPLES:
            push(tuple(self._taken(TUPLES[name])))
        elif name == "TUPLE":
            push(tuple(self._to_mark()))
        elif name in ("APPEND", "APPENDS"):
            things = self._taken(1) if name == "APPEND" else self._to_mark()
            self._below(list).extend(things)
        elif name in ("SETITEM", "SETITEMS"):
            things = self._taken(2) if name == "SETITEM" else self._to_mark()
            pairs = zip(map(as_key, things[::2]), things[1::2], strict=True)
            self._below(dict).update(pairs)
        elif name == "ADDITEMS":
            things = self._to_mark()
            self._below(set).update(map(as_key, things))
        elif name == "GLOBAL":
            push(self._named(*argument.split(" ")))
        elif name == "STACK_GLOBAL":
            push(self._named(*self._taken(2)))
        elif name == "BINPERSID":
            push(self.persistent(self.stack.pop()))
        elif name == "REDUCE":
            function, arguments = self._taken(2)
            if not any(function is known for known in self.names.values()):
                raise ValueError("it calls what cannot be called")
            push(function(*arguments))
        elif name == "BUILD":  # only the notes that PyTorch hangs on a state_dict: not needed
            self.stack.pop()
            self._below(dict)
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"the instruction {name} is none that builds tensors and containers")

    def _named(self, module, name):
        known = isinstance(module, str) and isinstance(name, str) and (module, name) in self.names
        if not known:
            raise ValueError(
                f"it names {module}.{name}, which is code: only tensors, numbers, strings and "
                "plain containers of them are loaded; save a state_dict"
            )
        return self.names[module, name]

    def _below(self, kind):
        if not isinstance(self.stack[-1], kind):
            raise ValueError(f"it fills a {type(self.stack[-1]).__name__} as if a {kind.__name__}")
        return self.stack[-1]

    def _taken(self, n):
        if len(self.stack) < n:
            raise ValueError("it takes more from the stack than is there")
        taken = self.stack[-n:]
        del self.stack[-n:]
        return taken

    def _to_mark(self):
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
        taken = self.stack[start + 1 :]
        del self.stack[start:]
        return taken


def as_key(x):
    """x, if it may be a key of a dict, or in a set."""
    if not isinstance(x, KEYS):
        raise ValueError(f"a {type(x).__name__} as a key is not read")
    return x
