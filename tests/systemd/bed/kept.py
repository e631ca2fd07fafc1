"""Results of rows that were measured, so that a run that was broken off goes on, and single rows are measured anew."""

import dataclasses
import json
import threading

from .run import Result


class Kept:
    """By scenario and column, in a file; without a path nothing is kept beyond this run."""

    def __init__(self, path):
        self.path, self.lock, self.rows = path, threading.Lock(), {}
        if path and path.exists():
            for row in json.loads(path.read_text()):
                self.rows[row["name"], row["column"]] = Result(**row)

    def has(self, scenario, column):
        return (scenario.name, column) in self.rows

    def add(self, result):
        with self.lock:
            self.rows[result.name, result.column] = result
            if self.path:
                fresh = self.path.with_suffix(".new")
                fresh.write_text(json.dumps([dataclasses.asdict(row) for row in self.rows.values()], indent=1))
                fresh.rename(self.path)

    def ordered(self, scenarios, columns):
        """Those that are there, in the order of the table."""
        found = [self.rows.get((scenario.name, column)) for scenario in scenarios for column in columns]
        return [row for row in found if row]
