"""What a program calls when a gradient comes by, or a module is called, and how it stops that."""

__all__ = ["Handle"]


class Handle:
    """Puts a hook among others, and takes it away again."""

    def __init__(self, hooks, hook):
        self.hooks, self.key = hooks, object()  # its own: the same hook may stand there twice
        hooks[self.key] = hook

    def remove(self):
        self.hooks.pop(self.key, None)
