"""From a table to a judged model: candidates compared, the winner judged once and refitted."""

from pellucid.experiment.metrics import shown
from pellucid.experiment.records import Candidate, Experiment
from pellucid.experiment.run import run_experiment

__all__ = ["Candidate", "Experiment", "run_experiment", "shown"]
