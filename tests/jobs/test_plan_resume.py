"""Plans that are stopped or killed: they go on in their solves, in the hours of their AC check and in their reliability, on any number
of ranks, and end with the bytes of a plan that nobody disturbed. ARCHIPELAGO_KILLS kills are made at random points (default 3); the
seed is ARCHIPELAGO_SEED."""
import math
import os
import random
import signal
import subprocess
import time

import planning
import program
from program import archipelago

KILLS = int(os.environ.get("ARCHIPELAGO_KILLS", "3"))
SEED = int(os.environ.get("ARCHIPELAGO_SEED", "11"))
HOURS = 240


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as stream:
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


def family(pid):
    return [pid] + [each for child in children(pid) for each in family(child)]


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def three_regions(folder):
    """Wind in the north, sun in the south, gas everywhere; storage, and lines that are too weak as AC lines at the peak."""
    names = ("north", "middle", "south")
    chance = random.Random(3)
    wave = [1 + 0.4 * math.sin(2 * math.pi * t / 24) + 0.1 * chance.random() for t in range(HOURS)]
    sun = [max(0, -math.cos(2 * math.pi * t / 24)) for t in range(HOURS)]
    wind = [0.1 + 0.8 * chance.random() for _ in range(HOURS)]
    generators = {f"{n} gas": {"bus": n, "carrier": "gas", "p_nom": 150, "marginal_cost": 60 + 10 * k,
                               "p_nom_extendable": True, "capital_cost": 40 + k} for k, n in enumerate(names)}
    generators["wind"] = {"bus": "north", "carrier": "wind", "p_nom_extendable": True, "capital_cost": 900}
    generators["sun"] = {"bus": "south", "carrier": "solar", "p_nom_extendable": True, "capital_cost": 500}
    lines = {f"{a}-{b}": {"bus0": a, "bus1": b, "r": 1.0, "x": 8.0, "s_nom": 60, "carrier": "AC"}
             for a, b in (("north", "middle"), ("middle", "south"))}
    return planning.write_folder(
        folder, {n: {"carrier": "AC", "v_nom": 110, "region": n, "v_mag_pu_min": 0.9, "v_mag_pu_max": 1.1} for n in names},
        planning.hours(HOURS), carriers={c: {"co2_emissions": 0.2 if c == "gas" else 0}
                                         for c in ("AC", "gas", "wind", "solar", "battery")},
        tables={"loads": {n: {"bus": n} for n in names}, "generators": generators, "lines": lines,
                "storage_units": {f"{n} battery": {"bus": n, "carrier": "battery", "p_nom_extendable": True, "max_hours": 4,
                                                   "capital_cost": 60, "efficiency_store": 0.95, "efficiency_dispatch": 0.95,
                                                   "cyclic_state_of_charge": True} for n in names}},
        varying={"loads-p_set": {n: [(60 + 20 * k) * w for w in wave] for k, n in enumerate(names)},
                 "loads-q_set": {n: [12 * w for w in wave] for n in names},
                 "generators-p_max_pu": {"wind": wind, "sun": sun}})


class PlanResume(program.Case):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        three_regions(self.path("network"))
        self.study = self.write("study.yaml", f"""study: resumed
network: {self.path("network")}
planning:
  currency: EUR
  region: region
  reliability: {{years: 320, seed: 5, hours: 2000}}
  check: {{hours: [peak], rounds: 1, stability: false}}
""")

    def words(self, out, *more):
        return ["plan", self.study, "-o", self.path(out), "--checkpoint-minutes", 0, *more]

    def start(self, words, ranks):
        self.log = open(self.path("err.txt"), "wb")
        return subprocess.Popen(program.command(words, ranks), stdout=subprocess.DEVNULL, stderr=self.log,
                                start_new_session=True)

    def said(self):
        return program.read(self.path("err.txt")).decode(errors="replace")

    def unfinished(self, out):
        return self.path(".tmp-" + out)

    def wait_for(self, process, out, name, limit=60):
        """Until something is there in the unfinished plan's folder, or the plan has ended."""
        path, end = os.path.join(self.unfinished(out), name), time.monotonic() + limit
        while time.monotonic() < end and process.poll() is None and not os.path.exists(path):
            time.sleep(0.005)
        return process.poll() is None

    def stop(self, process, ranks, number):
        """One rank alone is asked."""
        send(self.chance.choice([process.pid] if ranks == 1 else children(process.pid) or [process.pid]), number)
        code = process.wait(120)
        self.log.close()
        return code

    def kill(self, process):
        everyone = family(process.pid)
        for pid in reversed(everyone):
            send(pid, signal.SIGKILL)
        process.wait()
        self.log.close()
        while any(running(pid) for pid in everyone):
            time.sleep(0.01)

    def whole(self, *more):
        start = time.monotonic()
        result = archipelago(*self.words("whole", *more), timeout=300)
        self.assertEqual(result.code, 0, result.err)
        self.seconds = time.monotonic() - start
        self.assertEqual([n for n in os.listdir(self.path("whole")) if n in ("unfinished", "checkpoint")], [])

    def finish(self, out, *more, ranks=1):
        result = archipelago(*self.words(out, *more), ranks=ranks, timeout=300)
        self.assertEqual(result.code, 0, result.err)
        self.assertSameFiles(self.path("whole"), self.path(out))
        self.assertFalse(os.path.exists(self.unfinished(out)))
        return result

    def test_stops_and_kills_at_any_point(self):
        self.whole()
        checkpoints = ("checkpoint/plan", "check", "check/peak", "unfinished/hour-0-peak")
        for k, name in enumerate(checkpoints):
            out, ranks = f"stopped-{k}", 1 + k % 3
            process = self.start(self.words(out), ranks)
            self.assertTrue(self.wait_for(process, out, name), self.said())
            code = self.stop(process, ranks, (signal.SIGUSR1, signal.SIGTERM)[k % 2])
            self.assertEqual(code, 75, self.said())
            self.assertIn("stopped on request", self.said())
            self.assertFalse(os.path.exists(self.path(out)))
            shown = archipelago("show", self.path(out), "--json").json
            self.assertEqual((shown["status"], shown["study"]), ("incomplete", "resumed"))
            self.assertIn("go on", archipelago("show", self.path(out)).out)
            self.assertIn("gone on with", self.finish(out, ranks=1 + (k + 1) % 3).err)
        ended = 0
        for k in range(KILLS):  # killed again and again, then left alone
            out = f"killed-{k}"
            for _ in range(self.chance.randint(1, 3)):
                process = self.start(self.words(out), self.chance.randint(1, 2))
                time.sleep(self.chance.random() * 1.2 * self.seconds)
                ended += process.poll() is None
                self.kill(process)
                self.assertFalse(os.path.exists(self.path(out)) and not os.path.exists(self.path(out, "SHA256SUMS")))
            self.finish(out, ranks=1 + k % 2)
        self.assertGreater(ended, 0)

    def test_finished_hours_are_not_done_again(self):
        self.whole("--rounds", "0")
        process = self.start(self.words("out", "--rounds", "0"), 1)
        self.assertTrue(self.wait_for(process, "out", "unfinished/hour-0-peak"), self.said())
        self.kill(process)
        started = program.read(os.path.join(self.unfinished("out"), "check", "peak", "provenance.json"))
        self.finish("out", "--rounds", "0", ranks=2)
        self.assertEqual(program.read(self.path("out", "check", "peak", "provenance.json")), started)

    def test_another_plan_begins_anew(self):
        self.whole()
        process = self.start(self.words("out", "--tolerance", "1e-6"), 1)
        self.assertTrue(self.wait_for(process, "out", "checkpoint/plan"), self.said())
        self.assertEqual(self.stop(process, 1, signal.SIGUSR1), 75, self.said())
        self.assertNotIn("gone on with", self.finish("out").err)

    def test_regions(self):
        more = ("--method", "admm", "--no-check", "--max-iterations", "60", "--tolerance", "0.5")
        self.whole(*more)
        process = self.start(self.words("out", *more), 2)
        self.assertTrue(self.wait_for(process, "out", "checkpoint/plan"), self.said())
        self.assertEqual(self.stop(process, 2, signal.SIGUSR1), 75, self.said())
        self.finish("out", *more, ranks=1)

    def test_without_a_directory_a_stop_is_answered_too(self):
        process = self.start(["plan", self.study, "--verbose"], 1)
        while process.poll() is None and "primal" not in self.said():
            time.sleep(0.005)
        self.assertEqual(self.stop(process, 1, signal.SIGTERM), 75, self.said())
        self.assertIn("nothing of it is kept", self.said())


if __name__ == "__main__":
    program.main()
