"""A sweep under a real Slurm whose wall limit is too short for its tasks: they save, requeue themselves, go on and end with
the bytes of runs that nobody stopped; cancelled ones are submitted again; the report is written when all have ended."""
import json
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jobs"))
import program
from cluster import Cluster, wait_until

SITE = {"ARCHIPELAGO_TIME": "1", "ARCHIPELAGO_WARNING": "20", "ARCHIPELAGO_BIND": "", "ARCHIPELAGO_MEMORY_PER_RANK": "256M",
        "OMPI_MCA_mpi_yield_when_idle": "1"}
POLICIES = "base", "carbon-price-100"
CLUSTER = None


def setUpModule():
    global CLUSTER
    CLUSTER = Cluster()
    unittest.addModuleCleanup(CLUSTER.stop)


class Sweep(program.Case):
    def setUp(self):
        super().setUp()
        self.environment = {**SITE, "XDG_CONFIG_HOME": os.environ["XDG_CONFIG_HOME"]}
        self.sweep = self.path("a sweep")
        os.makedirs(self.sweep)

    def shipped_study(self, hours, count):
        """The shipped one in more windows, so that there is something to interrupt."""
        text = program.read(os.path.join(program.ISLANDS, "study.yaml")).decode()
        text = text.replace("path: .", f"path: {program.ISLANDS}").replace("participants: ", f"participants: {program.ISLANDS}/")
        text = text.replace("hours: 24, count: 1", f"hours: {hours}, count: {count}")
        before, after = text.split("stability:\n", 1)
        return self.write("study.yaml", before + after[after.index("market:"):].split("  secure-evening:")[0]
                          + "  carbon-price-100:\n    dispatch: {carbon_price: 100}\n")

    def submit(self, study, *options):
        result = CLUSTER.call(program.ARCHIPELAGO, "sweep", study, "-o", self.sweep, "--policies", ",".join(POLICIES), "--ranks",
                              "2", "--slurm", *options, env=self.environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def status(self):
        result = CLUSTER.call(program.ARCHIPELAGO, "status", self.sweep, "--json", env=self.environment)
        return json.loads(result.stdout)
