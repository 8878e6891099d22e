"""What a program calls when a gradient comes by, or a module is called, and how it stops that."""

__all__ = ["Handle"]


class Handle:
    """Puts a hook among others, the last or the ``first``, and takes it away again."""

    def __init__(self, hooks, hook, first=False):
        self.hooks, self.key = hooks, object()  # its own: the same hook may stand there twice
        others = dict(hooks) if first else {}
        for key in others:
            del hooks[key]
        hooks[self.key] = hook
        hooks.update(others)

    def remove(self):
        self.hooks.pop(self.key, None)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()
