"""One study under a real Slurm: what the batch script does at stops, cancellations and wrong launchers."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "jobs"))
import program
from cluster import Cluster, wait_until

SCRIPTS = os.environ.get("ARCHIPELAGO_SLURM_SCRIPTS") or os.path.join(program.SOURCE, "jobs", "slurm")
SITE = {"ARCHIPELAGO": program.ARCHIPELAGO, "ARCHIPELAGO_RANKS": "2", "ARCHIPELAGO_TIME": "2", "ARCHIPELAGO_BIND": "",
        "ARCHIPELAGO_MEMORY_PER_RANK": "256M", "ARCHIPELAGO_WARNING": "20"}
CLUSTER = None


def setUpModule():
    global CLUSTER
    CLUSTER = Cluster()
    unittest.addModuleCleanup(CLUSTER.stop)


class Study(program.Case):
    WINDOWS = 24

    def setUp(self):
        super().setUp()
        self.environment = {**SITE, "XDG_CONFIG_HOME": os.environ["XDG_CONFIG_HOME"]}

    def submit(self, *arguments, script="study.sh", options=(), env=None, log="job.log"):
        return CLUSTER.says(os.path.join(SCRIPTS, "submit.sh"), "--parsable", f"--output={self.path(log)}", *options,
                            os.path.join(SCRIPTS, script), *arguments, env={**self.environment, **(env or {})})

    def log(self, name="job.log"):
        return program.read(self.path(name)).decode() if os.path.exists(self.path(name)) else ""

    def wait_working(self, job, text="window 2 of"):
        wait_until(lambda: text in self.log() or CLUSTER.has_ended(job), 60, f"{text} in the log of job {job}")
        self.assertIn(text, self.log())

    def small_study(self):
        path = self.study(hours=1, count=self.WINDOWS)
        return self.write("study.yaml", program.read(path).decode().replace("T10:00:00Z", "T00:00:00Z"))

    def undisturbed(self, study):
        result = program.archipelago("run", study, "-o", self.path("undisturbed"), env=self.environment)
        self.assertEqual(result.code, 0, result.err)
        return self.path("undisturbed")

    def test_a_stop_is_saved_requeued_and_leaves_no_trace_in_the_bytes(self):
        study, run = self.small_study(), self.path("a folder", "run")
        os.makedirs(os.path.dirname(run))
        job = self.submit(study, run)
        self.wait_working(job)
        CLUSTER.says("scancel", "--signal=TERM", job)
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"]), ("COMPLETED", "1"), self.log())
        self.assertEqual(self.log().count("was stopped and saved: requeued (time 1)"), 1, self.log())
        self.assertSameFiles(self.undisturbed(study), run)

    def test_what_is_cancelled_stays_so_until_it_is_submitted_again(self):
        study, run = self.small_study(), self.path("run")
        job = self.submit(study, run)
        self.wait_working(job)
        CLUSTER.says("scancel", job)
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"]), ("CANCELLED", "0"), self.log())
        self.assertNotIn("requeued (time", self.log())
        self.assertFalse(os.path.exists(os.path.join(run, "results.nc")))
        again = self.submit(study, run, log="again.log", options=["--ntasks=3"])
        self.assertEqual(CLUSTER.wait_ended(again)["JobState"], "COMPLETED", self.log("again.log"))
        self.assertNotIn("window 1 of", self.log("again.log"))
        self.assertSameFiles(self.undisturbed(study), run)

    def test_the_script_is_found_by_itself_and_gives_up_at_the_last_requeue(self):
        study, run = self.small_study(), self.path("run")
        job = CLUSTER.says("sbatch", "--parsable", "--ntasks=2", "--time=2", f"--output={self.path('job.log')}",
                           os.path.join(SCRIPTS, "study.sh"), study, run,
                           env={**self.environment, "ARCHIPELAGO_MOST_REQUEUES": "0"})
        self.wait_working(job)
        CLUSTER.says("scancel", "--signal=USR1", job)
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"], ended["ExitCode"]), ("FAILED", "0", "75:0"), self.log())
        self.assertIn("requeued 0 times already", self.log())

    def test_bad_input_ends_the_job_at_once(self):
        job = self.submit(self.path("missing.yaml"), self.path("run"))
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"], ended["ExitCode"]), ("FAILED", "0", "2:0"), self.log())
        self.assertEqual(self.log().count("missing.yaml"), 1, self.log())

    def test_a_launcher_that_mpi_does_not_understand_is_refused_in_one_line(self):
        """Without Slurm's variables Open MPI starts each task as a world of its own, as other libraries always do."""
        singletons = "srun --mpi=none env -u SLURM_NODELIST -u SLURM_STEP_ID -u SLURM_STEPID"
        for launcher in "srun --mpi=none", singletons:
            run, log = self.path("run"), f"{len(launcher)}.log"
            job = self.submit(self.small_study(), run, env={"ARCHIPELAGO_LAUNCHER": launcher}, log=log)
            ended = CLUSTER.wait_ended(job)
            self.assertEqual((ended["JobState"], ended["Restarts"], ended["ExitCode"]), ("FAILED", "0", "2:0"), self.log(log))
            self.assertRegex(self.log(log), r"\Aarchipelago/slurm: srun --mpi=none.*Slurm and MPI do not know each other.*\n\Z")
            self.assertFalse(os.path.exists(run))

    def test_each_singleton_refuses_by_itself(self):
        """Unchecked by the script: one line and status 2 from every lone rank, and nothing is requeued."""
        launcher = "srun --mpi=none env -u SLURM_NODELIST -u SLURM_STEP_ID -u SLURM_STEPID"
        job = self.submit(self.small_study(), self.path("run"),
                          env={"ARCHIPELAGO_LAUNCHER": launcher, "ARCHIPELAGO_CHECK_RANKS": "no"})
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"], ended["ExitCode"]), ("FAILED", "0", "2:0"), self.log())
        lines = [line for line in self.log().splitlines() if line.startswith("archipelago: ")]
        self.assertIn(len(lines), (1, 2), self.log())
        self.assertRegex(lines[0], "--mpi=pmix")
        self.assertFalse(os.path.exists(self.path("run")))

    def test_the_death_of_one_rank_ends_the_job_and_nothing_is_requeued(self):
        study, run = self.small_study(), self.path("run")
        job = self.submit(study, run)
        self.wait_working(job)
        os.kill(CLUSTER.ranks(job)[1], 9)
        ended = CLUSTER.wait_ended(job)
        self.assertEqual((ended["JobState"], ended["Restarts"]), ("FAILED", "0"), self.log())
        self.assertFalse(os.path.exists(os.path.join(run, "results.nc")))
        again = self.submit(study, run, log="again.log")
        self.assertEqual(CLUSTER.wait_ended(again)["JobState"], "COMPLETED", self.log("again.log"))
        self.assertSameFiles(self.undisturbed(study), run)


if __name__ == "__main__":
    program.main()
