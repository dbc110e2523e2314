"""A rank that fails ends the whole run: a clear line with rank, host, stage and reason, failure.json, a status other than 0 on time,
no process left behind, nothing that could be taken for complete; and the next start ends with the bytes of one left alone."""
import glob
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
import unittest

import program
from program import ARCHIPELAGO, ISLANDS, MPIEXEC, archipelago
from test_plan_resume import three_regions

LIMIT = 120  # seconds: what takes longer hangs
EXCEPT = ("provenance.json",)


def processes(word):
    """Every process whose command line holds the word."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as stream:
                line = stream.read().decode(errors="replace")
            with open(f"/proc/{name}/stat") as stream:
                state = stream.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if word in line and state != "Z":
            found.append(int(name))
    return found


def environment(process):
    try:
        with open(f"/proc/{process}/environ", "rb") as stream:
            return stream.read().split(b"\0")
    except OSError:
        return []


def parent(process):
    with open(f"/proc/{process}/stat") as stream:
        return int(stream.read().rsplit(")", 1)[1].split()[1])


def rank_process(word, rank):
    """The process of a rank, not its guard, which is its child."""
    ranks = [p for p in processes(word) if f"OMPI_COMM_WORLD_RANK={rank}".encode() in environment(p)]
    for p in ranks:
        try:
            if parent(p) not in ranks:
                return p
        except OSError:
            continue
    return None


class Failure(program.Case):
    def launch(self, line, **options):
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def finish(self, process):
        out, err = process.communicate(timeout=LIMIT)
        for _ in range(50):  # ranks that are being ended
            if not processes(self.directory):
                break
            time.sleep(0.1)
        self.assertEqual(processes(self.directory), [], err)
        return program.Result(process.returncode, out, err)

    def assertTold(self, result, rank, word, run=None):
        self.assertNotEqual(result.code, 0, result.err)
        lines = [line for line in result.err.splitlines() if line.startswith("archipelago: rank ")]
        self.assertEqual(len(lines), 1, result.err)
        self.assertRegex(lines[0], rf"^archipelago: rank {rank} of \d+ on \S+[,:] ")
        self.assertIn(word, lines[0])
        self.assertNotIn("PETSC ERROR", result.err)
        self.assertNotIn("Process received signal", result.err)
        if run:
            with open(os.path.join(run, "failure.json")) as stream:
                record = json.load(stream)
            self.assertEqual(record["rank"], rank)
            self.assertIn(record["host"], lines[0])
            self.assertIn(word, record["message"])

    def assertIncomplete(self, run):
        for name in ("summary.json", "SHA256SUMS", "results.nc", "plan.json"):
            self.assertFalse(os.path.exists(os.path.join(run, name)), name)

    def assertGoesOn(self, study, run, ranks=2, command="run"):
        """The next start succeeds, with the bytes of an undisturbed one, and removes what told of the failure."""
        again = archipelago(command, study, "-o", run, ranks=ranks, timeout=LIMIT)
        self.assertEqual(again.code, 0, again.err)
        self.assertFalse(os.path.exists(os.path.join(run, "failure.json")))
        whole = self.path("undisturbed")
        if not os.path.exists(whole):
            self.assertEqual(archipelago(command, study, "-o", whole, timeout=LIMIT).code, 0)
        if command == "run":  # the first start leaves an operator's and a resumed run's log alike
            self.assertSameFiles(run, whole)
        else:
            self.assertEqual(program.files(run, EXCEPT), program.files(whole, EXCEPT))

    def test_a_rank_that_is_killed_or_crashes(self):
        study = self.study(hours=2, count=7, extra=program.STABILITY)
        draw = random.Random(7)
        for name, word in (("SEGV", "segmentation fault (SIGSEGV)"), ("ABRT", "aborted (SIGABRT)"),
                           ("KILL", "killed (SIGKILL)"), ("FPE", "arithmetic error (SIGFPE)"),
                           ("BUS", "bus error (SIGBUS)")):
            rank, windows, run = draw.randrange(2), draw.randrange(4), self.path("run-" + name)
            with self.subTest(signal=name, rank=rank, windows=windows):
                process = self.launch(program.command(["run", study, "-o", run], 2))
                victim = None
                while process.poll() is None and not (victim and len(glob.glob(os.path.join(run, "windows", "0*"))) >= windows
                                                      and os.path.exists(os.path.join(run, "windows"))):
                    victim = victim or rank_process(run, rank)
                    time.sleep(0.005)
                time.sleep(draw.uniform(0, 0.1))
                self.assertIsNone(process.poll(), "the run ended before it could be disturbed")
                os.kill(victim, getattr(signal, "SIG" + name))
                result = self.finish(process)
                self.assertTold(result, rank, word, run)
                self.assertIncomplete(run)
                self.assertGoesOn(study, run)

    def test_a_rank_of_a_plan_that_is_killed_or_crashes(self):
        three_regions(self.path("network"))
        study = self.write("study.yaml", f"""study: failed
network: {self.path("network")}
planning:
  currency: EUR
  region: region
  reliability: {{years: 40, seed: 5, hours: 500}}
""")
        draw = random.Random(5)
        for name, word in ("SEGV", "segmentation fault (SIGSEGV)"), ("KILL", "killed (SIGKILL)"):
            rank, plan = draw.randrange(2), self.path("plan-" + name)
            with self.subTest(signal=name, rank=rank):
                process = self.launch(program.command(["plan", study, "-o", plan, "--checkpoint-minutes", 0], 2))
                checkpoints, victim = self.path(".tmp-plan-" + name, "checkpoint", "plan"), None
                while process.poll() is None and not (victim and os.path.isdir(checkpoints)):
                    victim = rank_process(plan, rank)
                    time.sleep(0.01)
                self.assertIsNone(process.poll(), "the plan ended before it could be disturbed")
                os.kill(victim, getattr(signal, "SIG" + name))
                result = self.finish(process)
                self.assertTold(result, rank, word, plan)
                self.assertEqual(os.listdir(plan), ["failure.json"])
                self.assertGoesOn(study, plan, command="plan")

    def test_a_rank_alone_that_crashes(self):
        study, run = self.study(hours=2, count=7), self.path("run")
        process = self.launch(program.command(["run", study, "-o", run]))
        while process.poll() is None and not os.path.exists(os.path.join(run, "windows")):
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        result = self.finish(process)
        self.assertTold(result, 0, "killed (SIGKILL)", run)
        self.assertIncomplete(run)

    def test_no_memory_at_the_start(self):
        """The linear algebra library would wait for its buffer for ever."""
        study, run = self.study(), self.path("run")
        line = [ARCHIPELAGO, "run", study, "-o", run]
        process = self.launch([MPIEXEC, "-n", "1", *line, ":", "-n", "1", "sh", "-c",
                               'ulimit -v 400000; exec "$@"', "sh", *line])
        result = self.finish(process)
        self.assertTold(result, 1, "out of memory")
        self.assertFalse(os.path.exists(run))

    def test_memory_that_runs_out(self):
        case = os.path.join(program.SOURCE, "inputs", "cases", "islands-2050", "study.yaml")
        line = [ARCHIPELAGO, "plan", case, "-o", self.path("plan"), "--no-check"]
        for limit in range(500000, 700000, 20000):  # kB; the first that is enough to begin with
            process = self.launch([MPIEXEC, "-n", "1", *line, ":", "-n", "1", "sh", "-c",
                                   f'ulimit -v {limit}; exec "$@"', "sh", *line])
            result = self.finish(process)
            if "solving" in result.err or result.code == 0:
                break
        self.assertTold(result, 1, "out of memory", self.path("plan"))
        self.assertIn("the process's limit leaves", result.err)
        self.assertEqual(os.listdir(self.path("plan")), ["failure.json"])

    def test_a_file_size_limit(self):
        """Set on the rank that writes when MPI has started, whose own files are larger."""
        study, run = self.study(count=7), self.path("run")
        process = self.launch(program.command(["run", study, "-o", run], 2))
        while process.poll() is None and not os.path.exists(os.path.join(run, "windows")):
            time.sleep(0.01)
        resource.prlimit(rank_process(run, 0), resource.RLIMIT_FSIZE, (8192, 8192))
        result = self.finish(process)
        self.assertEqual(result.code, 1, result.err)
        self.assertTold(result, 0, "File too large", run)
        self.assertIncomplete(run)
        self.assertGoesOn(study, run)

    @unittest.skipUnless(os.geteuid() == 0, "a small file system can be mounted by root alone")
    def test_a_full_disk(self):
        place = self.path("disk")
        os.mkdir(place)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", place], capture_output=True).returncode:
            self.skipTest("no file system can be mounted here")
        try:
            study, run = self.study(), os.path.join(place, "run")
            result = self.finish(self.launch(program.command(["run", study, "-o", run], 2)))
            self.assertEqual(result.code, 1, result.err)
            self.assertRegex(result.err, r"archipelago: rank 0 of 2 on \S+, window 0, .*No space left on device")
            self.assertIncomplete(run)
            self.assertEqual(subprocess.run(["mount", "-o", "remount,size=64m", place]).returncode, 0)
            self.assertGoesOn(study, run)
        finally:
            subprocess.run(["umount", "-l", place], check=False)

    def test_a_directory_that_cannot_be_written(self):
        line = [ARCHIPELAGO, "run", self.study(), "-o", self.path("closed", "run")]
        os.mkdir(self.path("closed"), 0o555)
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                self.skipTest("root writes everywhere, and setpriv is not there")
            os.chmod(self.directory, 0o755)
            line = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *line]
        result = self.finish(self.launch(line))
        if "Permission denied" in result.err and self.path("closed") not in result.err:
            self.skipTest("the program lies where no other user can start it")
        self.assertEqual(result.code, 2, result.err)
        self.assertRegex(result.err, r"^archipelago: \S+closed\S*: cannot be \w+: Permission denied\n$")

    def test_a_file_system_without_locks(self):
        """Stood for by a flock() that says so: the run goes on, and says what is not protected."""
        compiler = shutil.which("cc")
        if not compiler:
            self.skipTest("no compiler for the library that stands for the file system")
        source = self.write("locks.c", "#include <errno.h>\nint flock(int fd, int how);\n"
                                       "int flock(int fd, int how) { (void)fd; (void)how; errno = ENOLCK; return -1; }\n")
        library = self.path("locks.so")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        result = archipelago("run", self.study(), "-o", self.path("run"), env={"LD_PRELOAD": library}, timeout=LIMIT)
        if "cannot be preloaded" in result.err or "ASan" in result.err:
            self.skipTest("no library can be preloaded here")
        self.assertEqual(result.code, 0, result.err)
        lines = [line for line in result.err.splitlines() if "has no locks" in line]
        self.assertEqual(len(lines), 1, result.err)
        self.assertIn(self.path("run"), lines[0])
        shared = self.study("shared.yaml", count=1,
                            extra=f"ledger: {{origin: archipelago.invalid/shared, log: {self.path('log')}}}\n")
        result = archipelago("run", shared, "-o", self.path("unlocked"), env={"LD_PRELOAD": library}, timeout=LIMIT)
        lines = [line for line in result.err.splitlines() if "has no locks" in line]
        self.assertEqual((result.code, len(lines)), (0, 2), result.err)
        self.assertIn(f"{self.path('log')}: ", lines[1])
        shutil.rmtree(self.path("log"))
        result = archipelago("run", shared, "-o", self.path("locked"), timeout=LIMIT)
        self.assertEqual(result.code, 0, result.err)
        self.assertNotIn("has no locks", result.err)

    def test_regions_that_cannot_be_solved(self):
        """What lacks where, as failure.json of its own kind, which no later record replaces."""
        study = os.path.join(ISLANDS, "hour.yaml")
        result = self.finish(self.launch(program.command(["run", study, "--policy", "grid-closed", "-o", self.path("run")],
                                                         2)))
        self.assertEqual(result.code, 3, result.err)
        self.assertIn("archipelago: window 0, ", result.err)
        with open(self.path("run", "failure.json")) as stream:
            record = json.load(stream)
        self.assertEqual(record["status"], "infeasible")
        self.assertIn("shortages", record)
        self.assertIncomplete(self.path("run"))

    def test_a_complete_run_is_never_marked(self):
        study, run = self.study(count=1), self.path("run")
        self.assertEqual(archipelago("run", study, "-o", run, timeout=LIMIT).code, 0)
        before = program.files(run)
        with open(os.path.join(run, "results.nc"), "ab") as stream:
            stream.write(b"x")
        result = archipelago("run", study, "-o", run, timeout=LIMIT)
        self.assertEqual(result.code, 5, result.err)
        self.assertEqual(sorted(before), sorted(program.files(run)))


class Singleton(program.Case):
    """MPI without Slurm's help: every task believes to be alone."""

    def alone(self, *arguments, **variables):
        return archipelago(*arguments, env=variables, timeout=LIMIT)

    def test_work_is_refused(self):
        study = self.study()
        for variables in ({"SLURM_NTASKS": "4"}, {"SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "2"}):
            for words in (["run", study, "-o", self.path("run")], ["plan", study], ["opf", ISLANDS], ["eigen", ISLANDS],
                          ["screen", ISLANDS], ["stability", ISLANDS]):
                result = self.alone(*words, **variables)
                self.assertEqual(result.code, 2, result.err)
                self.assertEqual(len(result.err.splitlines()), 1, result.err)
                self.assertIn("srun --mpi=pmix", result.err)
                self.assertIn(variables.get("SLURM_STEP_NUM_TASKS", "4") + " tasks", result.err)
        self.assertFalse(os.path.exists(self.path("run")))

    def test_the_refusal_is_a_document(self):
        result = self.alone("opf", ISLANDS, "--json", SLURM_NTASKS="4")
        self.assertEqual((result.code, result.json["status"]), (2, "bad-input"))

    def test_what_looks_at_results_is_not(self):
        study = self.study(count=1)
        self.assertEqual(archipelago("run", study, "-o", self.path("run"), timeout=LIMIT).code, 0)
        for words in (["show", self.path("run")], ["check", study], ["--version"], ["run", "--help"],
                      ["ledger", "root", self.path("run")]):
            self.assertEqual(self.alone(*words, SLURM_NTASKS="4").code, 0, words)

    def test_one_task_or_a_launcher_within_slurm(self):
        for variables in ({"SLURM_NTASKS": "1"}, {"SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "1"}):
            self.assertEqual(self.alone("run", self.study(count=1), "-o", self.path("one"), **variables).code, 0)
        two = archipelago("run", self.study(count=1), "-o", self.path("two"), ranks=2, env={"SLURM_NTASKS": "4"},
                          timeout=LIMIT)
        self.assertEqual(two.code, 0, two.err)


if __name__ == "__main__":
    program.main()
