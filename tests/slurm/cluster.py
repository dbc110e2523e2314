"""A Slurm cluster of one node for a test: started, asked, its ranks held, and taken away again."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "cluster.sh")
SKIPPED = 77
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")


def wait_until(ready, seconds, what):
    """The first true answer; what never comes fails the test."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ready()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def stopped(pid):
    """Whether a process stands still."""
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] == "T"
    except FileNotFoundError:
        return False


class Cluster:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="archipelago-slurm-")
        started = subprocess.run([SCRIPT, "start", self.directory], capture_output=True, text=True, timeout=300)
        if started.returncode != 0:
            shutil.rmtree(self.directory, ignore_errors=True)
            print(started.stderr.strip(), file=sys.stderr)
            sys.exit(SKIPPED if started.returncode == SKIPPED else 1)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "PMIX"))}
        self.environment["SLURM_CONF"] = os.path.join(self.directory, "slurm.conf")
        self.environment["PATH"] = os.path.join(self.directory, "bin") + ":" + os.environ["PATH"]

    def stop(self):
        subprocess.run([SCRIPT, "stop", self.directory], timeout=60, check=True)

    def call(self, *command, env=None, timeout=120, cwd=None):
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, cwd=cwd,
                              env={**self.environment, **(env or {})})

    def says(self, *command, **more):
        result = self.call(*command, **more)
        if result.returncode != 0:
            raise AssertionError(f"{command}: status {result.returncode}: {result.stderr}")
        return result.stdout.strip()

    def facts(self, job):
        """What scontrol tells of a job or an array's element: {"JobState": ..., "Restarts": ...}."""
        return dict(re.findall(r"(\w+)=(\S*)", self.says("scontrol", "show", "job", "-o", job)))

    def has_ended(self, job):
        """Its last facts, or None. A job that waits to begin again has not ended."""
        facts = self.facts(job)
        return facts if facts["JobState"] in ENDED else None

    def wait_ended(self, job, seconds=120):
        return wait_until(lambda: self.has_ended(job), seconds, f"the end of job {job}")

    def ranks(self, job):
        """The processes of a job's steps that are the program's ranks."""
        found = []
        for line in self.call("scontrol", "listpids", job).stdout.splitlines()[1:]:
            pid, _, step, _, task = line.split()[:5]
            if step.isdigit() and task.isdigit():
                found.append(int(pid))
        return found

    @contextlib.contextmanager
    def held(self, jobs):
        """Ranks that are slower than any wall limit: they stand still, while Slurm's clock runs on."""
        held = Held([pid for job in jobs for pid in self.ranks(job)])
        held.send(signal.SIGSTOP)
        try:
            yield held
        finally:
            held.send(signal.SIGCONT)


class Held:
    def __init__(self, ranks):
        self.ranks = ranks

    def send(self, number):
        for pid in self.ranks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait_signalled(self, seconds=100):
        """Slurm wakes the ranks of a step to which it sends a signal."""
        wait_until(lambda: not any(stopped(pid) for pid in self.ranks), seconds, "Slurm's signal to every rank")
