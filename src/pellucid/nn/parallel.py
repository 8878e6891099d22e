"""Several GPUs: a name that programs wrap their models in, though one device computes here."""

from pellucid.nn.modules.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """``module``, under that name: a batch is not divided, and the answers are the same."""

    def __init__(self, module, device_ids=None):
        super().__init__()
        if device_ids is not None and len(device_ids) > 1:
            raise RuntimeError("pellucid computes on one device: name one, or none")
        self.module = module

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)
