"""Runs that are stopped, killed, or lose their last checkpoint: they go on within a window, on any number of ranks, and end with the
bytes of a run that nobody disturbed. ARCHIPELAGO_KILLS kills are made at random points (default 6); the seed is ARCHIPELAGO_SEED."""
import os
import random
import re
import shutil
import signal
import subprocess
import time

import program
from program import STABILITY, archipelago

KILLS = int(os.environ.get("ARCHIPELAGO_KILLS", "6"))
SEED = int(os.environ.get("ARCHIPELAGO_SEED", "7"))
SHIPPED = os.path.join(program.ISLANDS, "study.yaml")
AT_EVERY_POINT = ["--checkpoint-minutes", 0]


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


def family(pid):
    return [pid] + [each for child in children(pid) for each in family(child)]


def running(pid):
    """Not gone, and no zombie that only waits to be asked for."""
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Resume(program.Case):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)

    def start(self, words, ranks):
        self.log = open(self.path("err.txt"), "wb")
        return subprocess.Popen(program.command(["run", *words], ranks), stdout=subprocess.DEVNULL, stderr=self.log,
                                start_new_session=True)

    def said(self):
        return program.read(self.path("err.txt")).decode()

    def ranks(self, process, n):
        """The processes of the ranks: the program itself, or the launcher's children."""
        return [process.pid] if n == 1 else children(process.pid)

    def end(self, process, timeout=300):
        code = process.wait(timeout)
        self.log.close()
        return code

    def kill(self, process):
        everyone = family(process.pid)
        for pid in reversed(everyone):  # ranks first: nobody ends them in order
            send(pid, signal.SIGKILL)
        for pid in family(process.pid):
            send(pid, signal.SIGKILL)
        process.wait()
        self.log.close()
        while any(running(pid) for pid in everyone):
            time.sleep(0.01)

    def whole(self, words):
        """An undisturbed run, and how long it took."""
        begin = time.monotonic()
        result = archipelago("run", *words, "-o", self.path("whole"), timeout=600)
        self.assertEqual(result.code, 0, result.err)
        self.assertFalse(os.path.exists(self.path("whole", "checkpoint")))
        return time.monotonic() - begin

    def finish(self, words, out, ranks=2):
        result = archipelago("run", *words, "-o", self.path(out), ranks=ranks, timeout=600)
        self.assertEqual(result.code, 0, result.err)
        self.assertSameFiles(self.path("whole"), self.path(out))
        return result.err

    def stop_once(self, words, out, ranks, seconds, number, everyone):
        """Asks to stop after a while; True when the run was faster."""
        process = self.start([*words, "-o", self.path(out), *AT_EVERY_POINT], ranks)
        while process.poll() is None and not re.search("dispatch|done already", self.said()):  # signals are listened to now
            time.sleep(0.01)
        time.sleep(seconds)
        pids = self.ranks(process, ranks)
        for pid in pids if everyone else [self.chance.choice(pids)] if pids else []:
            send(pid, number)
        code = self.end(process)
        self.assertIn(code, (0, 75), self.said())
        if code == 75:
            self.assertRegex(self.said(), r"stopped on request (in window \d+ of \d+, .+|after \d+ of \d+ windows);")
            self.assertNotIn("could not be kept", self.said())
            self.assertFalse(os.path.exists(self.path(out, "failure.json")))
            self.assertFalse(os.path.exists(self.path(out, "summary.json")))
            for folder in os.listdir(self.path(out, "windows")):
                self.assertFalse(folder.startswith(".tmp-"))
        return code == 0

    def stop_often(self, words, attempts, share):
        """Stopped again and again on changing numbers of ranks; returns the lines that said where."""
        seconds, places = self.whole(words), []
        for attempt in range(attempts):
            number = signal.SIGTERM if attempt % 2 else signal.SIGUSR1
            if self.stop_once(words, "stopped", 1 + attempt % 4, self.chance.uniform(0, share) * seconds, number, attempt % 3 == 0):
                break
            places += re.findall(r"stopped on request (.*);", self.said())
        self.finish(words, "stopped", 3)
        self.assertFalse(os.path.exists(self.path("stopped", "checkpoint")))
        return places

    def test_stopped_while_the_regions_coordinate(self):
        places = self.stop_often([SHIPPED], 7, 0.4)
        self.assertTrue(any("dispatch" in place for place in places), places)

    def test_stopped_in_windows_of_the_interior_point(self):
        self.stop_often([self.study(count=3, method="interior-point", extra=STABILITY)], 7, 0.3)

    def test_stopped_while_an_evening_is_secured(self):
        places = self.stop_often([SHIPPED, "--policy", "secure-evening"], 9, 0.5)
        self.assertTrue(places)

    def test_killed_at_random_points(self):
        words = [SHIPPED]
        seconds, kills, attempts, lives = self.whole(words), 0, 0, 0
        while kills < KILLS:
            out, done = f"killed{lives}", False
            while kills < KILLS and not done:
                process = self.start([*words, "-o", self.path(out), *AT_EVERY_POINT], 1 + attempts % 4)
                attempts += 1
                try:
                    process.wait(self.chance.uniform(0.05, 1.2) * seconds)
                    self.assertEqual(self.end(process), 0, self.said())
                    done = True
                except subprocess.TimeoutExpired:
                    self.kill(process)
                    kills += 1
                windows = self.path(out, "windows")
                for folder in os.listdir(windows) if os.path.isdir(windows) else []:
                    if not folder.startswith(".tmp-"):
                        self.assertIn("SHA256SUMS", os.listdir(os.path.join(windows, folder)))
            self.finish(words, out, 1 + lives % 3)
            verified = archipelago("ledger", "verify", self.path(out))
            self.assertEqual(verified.code, 0, verified.err)
            subprocess.run(["rm", "-r", self.path(out)], check=True)
            lives += 1

    def checkpoints(self, out):
        """The files, the newest last."""
        found = [os.path.join(folder, name) for folder, _, names in os.walk(self.path(out, "checkpoint")) for name in names
                 if not name.startswith(".tmp-")]
        return sorted(found, key=lambda name: os.stat(name).st_mtime_ns)

    def stopped_within(self, words, out, ranks=2):
        """A run that was stopped in its first solve, with two generations there."""
        process = self.start([*words, "-o", self.path(out), *AT_EVERY_POINT], ranks)
        while process.poll() is None and len(self.checkpoints(out)) < 2:
            time.sleep(0.005)
        for pid in self.ranks(process, ranks):
            send(pid, signal.SIGUSR1)
        self.assertEqual(self.end(process), 75, self.said())
        self.assertGreaterEqual(len(self.checkpoints(out)), 2)

    def test_what_is_damaged_is_passed_over(self):
        words = [self.study(hours=6, count=1)]
        self.whole(words)
        for damage, count in ("truncate", 1), ("flip", 1), ("empty", 1), ("foreign", 1), ("flip", 2), ("gone", 2), ("pipe", 2):
            out = f"{damage}{count}"
            self.stopped_within(words, out, 1 + count)
            for name in self.checkpoints(out)[-count:]:
                data = bytearray(program.read(name))
                if damage == "truncate":
                    data = data[:self.chance.randrange(1, len(data))]
                elif damage == "flip":
                    data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
                elif damage in ("gone", "pipe"):
                    os.remove(name)
                    if damage == "pipe":
                        os.mkfifo(name)
                    continue
                else:
                    data = b"" if damage == "empty" else b"\x89HDF\r\n\x1a\n" + bytes(4000)
                self.write(name, bytes(data))
            err = self.finish(words, out, 3)
            self.assertEqual(err.count("a checkpoint is passed over"), 0 if damage == "gone" else count, err)

    def test_a_run_goes_on_where_nothing_can_be_kept(self):
        words = [self.study(hours=4, count=1, extra=STABILITY)]
        self.whole(words)
        self.stopped_within(words, "blocked")
        subprocess.run(["rm", "-r", self.path("blocked", "checkpoint")], check=True)
        self.write("blocked/checkpoint", "no folder")
        result = archipelago("run", *words, "-o", self.path("blocked"), *AT_EVERY_POINT, ranks=2, timeout=300)
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.err.count("no checkpoint could be written"), 1, result.err)
        os.remove(self.path("blocked", "checkpoint"))
        self.assertSameFiles(self.path("whole"), self.path("blocked"))

    def test_asked_while_the_directory_is_opened(self):
        """Before there is a window to keep anything of; and once more when it is opened again."""
        compiler = shutil.which("cc")
        if not compiler:
            self.skipTest("no compiler for the library that asks")
        source = self.write("ask.c", "#include <signal.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
                                     "int flock(int fd, int how);\nint flock(int fd, int how)\n"
                                     "{ raise(SIGUSR1); return (int)syscall(SYS_flock, fd, how); }\n")
        library = self.path("ask.so")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        words = [self.study(hours=1, count=2)]
        self.whole(words)
        for _ in range(2):
            result = archipelago("run", *words, "-o", self.path("asked"), env={"LD_PRELOAD": library})
            if "cannot be preloaded" in result.err or "ASan" in result.err:
                self.skipTest("no library can be preloaded here")
            self.assertEqual(result.code, 75, result.err)
            self.assertIn("stopped on request", result.err)
        self.finish(words, "asked")

    def test_a_window_without_a_solution_leaves_no_checkpoint(self):
        words = ["run", os.path.join(program.ISLANDS, "hour.yaml"), "--policy", "grid-closed", "-o", self.path("run")]
        process = self.start([*words[1:], *AT_EVERY_POINT], 1)
        while process.poll() is None and not self.checkpoints("run"):
            time.sleep(0.001)
        self.assertEqual(self.end(process), 3, self.said())
        failure = program.read(self.path("run", "failure.json"))
        self.assertFalse(os.path.exists(self.path("run", "checkpoint")))
        self.assertEqual(archipelago(*words, ranks=3).code, 3)
        self.assertEqual(program.read(self.path("run", "failure.json")), failure)

    def test_an_unfinished_run_shows_its_checkpoint(self):
        words = [self.study(hours=4, count=1)]
        self.stopped_within(words, "run", 1)
        shown = archipelago("show", self.path("run"))
        self.assertEqual(shown.code, 0, shown.err)
        self.assertRegex(shown.out, r"checkpoint of 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ: window-0000, admm at iteration \d+")
        self.assertRegex(archipelago("show", self.path("run"), "--json").json["checkpoint"]["task"], "window-0000")

    def test_the_interval_is_a_number_that_is_not_negative(self):
        for wrong in "-1", "soon":
            result = archipelago("run", SHIPPED, "-o", self.path("run"), "--checkpoint-minutes", wrong)
            self.assertEqual(result.code, 2)
            self.assertIn("checkpoint-minutes", result.err)
            self.assertFalse(os.path.exists(self.path("run")))


if __name__ == "__main__":
    program.main()
