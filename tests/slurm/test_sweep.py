"""A sweep under a real Slurm whose wall limit is too short for its tasks: they save, requeue themselves, go on and end with
the bytes of runs that nobody stopped; cancelled ones are submitted again; the report is written when all have ended."""
import json
import os
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
        """Job number of the array and of the report, none where nothing was left to submit."""
        result = CLUSTER.call(program.ARCHIPELAGO, "sweep", study, "-o", self.sweep, "--policies", ",".join(POLICIES), "--ranks",
                              "2", "--slurm", "--json", *options, env=self.environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        return document.get("array_job"), document.get("report_job")

    def status(self):
        result = CLUSTER.call(program.ARCHIPELAGO, "status", self.sweep, "--json", env=self.environment)
        return json.loads(result.stdout)

    def states(self):
        return [task["state"] for task in self.status()["tasks"]]

    def log(self, policy):
        path = os.path.join(self.sweep, "logs", f"{policy}.log")
        return program.read(path).decode() if os.path.exists(path) else ""

    def logs(self):
        return "\n".join(f"== {name}\n{text.decode()[-2000:]}" for name, text in
                         program.files(os.path.join(self.sweep, "logs")).items())

    def starts(self, policy):
        return json.loads(program.read(os.path.join(self.sweep, "tasks", f"{policy}.json")))["starts"]

    def wait_working(self, array, text="window 1 of"):
        for k, policy in enumerate(POLICIES):
            wait_until(lambda: text in self.log(policy) or CLUSTER.has_ended(f"{array}_{k}"), 90, f"{text} of {policy}")
            self.assertIn(text, self.log(policy), self.logs())

    def assertUndisturbed(self, study):
        """Every run has the bytes of one that was started by hand, on one rank, and never stopped."""
        for policy in POLICIES:
            plain = self.path("plain", policy)
            if not os.path.exists(plain):
                self.plain(study, policy)
            self.assertSameFiles(plain, os.path.join(self.sweep, "runs", policy))

    def plain(self, study, policy):
        result = program.archipelago("run", study, "--policy", policy, "-o", self.path("plain", policy), env=self.environment)
        self.assertEqual(result.code, 0, result.err)

    def test_a_wall_limit_that_is_too_short_costs_no_work_and_changes_no_byte(self):
        study = self.shipped_study(hours=4, count=6)
        array, report = self.submit(study)
        self.wait_working(array)
        jobs = [self.starts(policy)[-1]["slurm_job"] for policy in POLICIES]
        with CLUSTER.held(jobs) as held:
            self.assertEqual(self.states(), ["running", "running"])
            held.wait_signalled()
        for policy in POLICIES:
            self.plain(study, policy)
        for k, policy in enumerate(POLICIES):
            ended = CLUSTER.wait_ended(f"{array}_{k}", 150)
            self.assertEqual(ended["JobState"], "COMPLETED", self.logs())
            self.assertGreaterEqual(int(ended["Restarts"]), 1)
            statuses = [start["status"] for start in self.starts(policy)]
            self.assertEqual((statuses[0], statuses[-1]), (75, 0))
            self.assertEqual(len(statuses), int(ended["Restarts"]) + 1)
            self.assertIn("was stopped and saved: requeued (time 1)", self.log(policy))
            self.assertNotIn("DUE TO TIME LIMIT", self.log(policy))
        self.assertEqual(CLUSTER.wait_ended(report)["JobState"], "COMPLETED", self.logs())
        self.assertUndisturbed(study)
        self.assertEqual(self.states(), ["done", "done"])
        for name in "compare.csv", "iamc.csv", "report.html":
            self.assertTrue(os.path.exists(os.path.join(self.sweep, name)), name)
        self.assertEqual(self.submit(study), (None, None))

    def test_what_was_cancelled_is_submitted_again_and_only_that(self):
        study = self.shipped_study(hours=4, count=6)
        array, report = self.submit(study)
        self.wait_working(array, "window 2 of")
        CLUSTER.says("scancel", f"{array}_1")
        self.assertEqual(CLUSTER.wait_ended(f"{array}_1")["JobState"], "CANCELLED", self.logs())
        self.assertEqual(CLUSTER.wait_ended(f"{array}_0")["JobState"], "COMPLETED", self.logs())
        self.assertEqual(CLUSTER.wait_ended(report)["JobState"], "COMPLETED", self.logs())
        self.assertEqual(self.states()[0], "done")
        self.assertNotIn(self.states()[1], ("done", "running", "failed"))
        again, report = self.submit(study)
        self.assertEqual(CLUSTER.wait_ended(f"{again}_1")["JobState"], "COMPLETED", self.logs())
        self.assertEqual(CLUSTER.wait_ended(report)["JobState"], "COMPLETED", self.logs())
        self.assertEqual([len(self.starts(policy)) for policy in POLICIES], [1, 2])
        self.assertUndisturbed(study)


if __name__ == "__main__":
    program.main()
