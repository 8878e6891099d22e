"""From a table to a judged model: candidates compared, the winner judged once and refitted."""

from pellucid.experiment.records import Candidate, Experiment

__all__ = ["Candidate", "Experiment"]
