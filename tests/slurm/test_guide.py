"""The commands of docs/slurm.md, in order, under a real Slurm in a copy of the source tree's layout: sbatch and submit.sh
of a study, archipelago sweep and status, and cluster.sh itself; and every job that they submit ends well."""
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "jobs"))
import program
import test_documents as documents
from cluster import Cluster, wait_until

del documents.Documents  # its tests are run elsewhere
CLUSTER = None


def setUpModule():
    global CLUSTER
    CLUSTER = Cluster()
    unittest.addModuleCleanup(CLUSTER.stop)


class Guide(program.Case):
    def setUp(self):
        super().setUp()
        for name in documents.TREE:
            os.symlink(os.path.join(program.SOURCE, name), self.path(name))
        self.environment = {
            **CLUSTER.environment, "HOME": self.path("home"), "XDG_CONFIG_HOME": os.environ["XDG_CONFIG_HOME"],
            "PATH": os.path.dirname(os.path.abspath(program.ARCHIPELAGO)) + ":" + CLUSTER.environment["PATH"],
            "ARCHIPELAGO_BIND": "", "ARCHIPELAGO_MEMORY_PER_RANK": "256M"}
        self.environment.pop("ARCHIPELAGO")

    def tearDown(self):
        if os.path.exists(self.path("cluster")):
            CLUSTER.call(os.path.join(HERE, "cluster.sh"), "stop", self.path("cluster"))

    def jobs(self):
        """State by job or element, of all that were submitted."""
        return dict(re.findall(r"^JobId=(\d+) .*?JobState=(\w+)", CLUSTER.says("scontrol", "show", "job", "-o"), re.M))

    def test_every_command_shown_runs_and_every_job_ends_well(self):
        blocks = [text for _, test, text in documents.Document("docs/slurm.md").elsewhere if test.endswith("test_guide.py")]
        self.assertGreater(len(blocks), 4)
        for text in blocks:
            text = text.replace("/tmp/archipelago-cluster", self.path("cluster"))
            done = subprocess.run(["bash", "-euc", text], stdin=subprocess.DEVNULL, text=True, capture_output=True,
                                  cwd=self.directory, timeout=200, env=self.environment)
            self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}\n{done.stderr}")
        self.assertFalse(os.path.exists(self.path("cluster")))
        wait_until(lambda: not CLUSTER.says("squeue", "-h"), 240, "the end of all jobs")
        self.assertEqual(set(self.jobs().values()), {"COMPLETED"}, self.logs())
        self.assertGreater(len(self.jobs()), 4)
        for name in "islands", "calm", "policies/runs/base", "policies/runs/calm-day":
            self.assertTrue(os.path.exists(self.path("runs", name, "results.nc")), name)
        self.assertSameFiles(self.path("runs", "islands"), self.path("runs", "policies", "runs", "base"))

    def logs(self):
        found = {**program.files(self.path("runs", "policies", "logs")),
                 **{name: program.read(self.path(name)) for name in os.listdir(self.directory) if name.endswith(".log")}}
        return "\n".join(f"== {name}\n{text.decode()[-1500:]}" for name, text in found.items())


if __name__ == "__main__":
    program.main()
