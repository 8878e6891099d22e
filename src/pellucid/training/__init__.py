"""Training: one readable loop, and the callbacks that do all the rest."""

from pellucid.training.best import BestCheckpoint, EarlyStop
from pellucid.training.callback import Callback
from pellucid.training.checkpoint import Checkpoint
from pellucid.training.clipping import ClipGradients
from pellucid.training.logs import CSVLog, JSONLog
from pellucid.training.loop import Loop
from pellucid.training.progress import Progress
from pellucid.training.schedule import Schedule
from pellucid.training.tables import summary

__all__ = [
    "BestCheckpoint",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "ClipGradients",
    "EarlyStop",
    "JSONLog",
    "Loop",
    "Progress",
    "Schedule",
    "summary",
]
