"""Sweeps: tasks from axes, carried out so many at a time, skipped, added, killed, gone on with, told, and submitted."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

import planning
import program
from program import ISLANDS, SOURCE, archipelago

HOUR = os.path.join(ISLANDS, "hour.yaml")
FAKE_SBATCH = """#!/bin/sh
echo "$ARCHIPELAGO_SWEEP" "$@" >> "$FAKE/said"
[ -e "$FAKE/refuse" ] && { echo "sbatch: error: Batch job submission failed: no such partition" >&2; exit 1; }
echo $((40 + $(wc -l < "$FAKE/said")))
"""
FAKE_SQUEUE = """#!/bin/sh
cat "$FAKE/queue" 2>/dev/null
exit 0
"""


def read_json(*parts):
    return json.loads(program.read(os.path.join(*parts)))


class Sweep(program.Case):
    def sweep(self, *arguments, **options):
        return archipelago("sweep", *arguments, timeout=300, **options)

    def status(self, directory):
        result = archipelago("status", directory, "--json")
        self.assertEqual(result.code, 0, result.err)
        return result.json

    def states(self, directory):
        return {task["name"]: task["state"] for task in self.status(directory)["tasks"]}

    def start(self, *arguments):
        with open(self.path("said"), "a") as said:
            process = subprocess.Popen(program.command(["sweep", *arguments]), stdout=subprocess.DEVNULL, stderr=said,
                                       start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.terminate()
            process.wait(60)

    def wait_until(self, what, seconds=90):
        end = time.time() + seconds
        while not what():
            self.assertLess(time.time(), end, program.read(self.path("said")).decode())
            time.sleep(0.02)

    def small_plan(self, extra=""):
        """One bus, a load that grows, two technologies over two periods; wind pays where carbon has a price."""
        folder = self.path("grid")
        planning.write_folder(
            folder, ["a"], [(p, h) for p in (2030, 2040) for h in planning.hours(4)], [2190.0] * 8,
            periods={2030: (1.0, 10), 2040: (0.7, 10)},
            carriers={"coal": {"co2_emissions": 1}, "wind": {"co2_emissions": 0}, "AC": {"co2_emissions": 0}},
            tables={"loads": {"l": {"bus": "a", "p_set": 100}},
                    "generators": {
                        "coal": {"bus": "a", "carrier": "coal", "p_nom_extendable": True, "capital_cost": 1000,
                                 "marginal_cost": 20, "build_year": 2030, "lifetime": 30},
                        "wind": {"bus": "a", "carrier": "wind", "p_nom_extendable": True, "capital_cost": 250000,
                                 "marginal_cost": 0, "build_year": 2030, "lifetime": 30}}})
        return self.write("plan.yaml", "study: small plan\nnetwork: {path: grid, format: pypsa}\n"
                                       "planning:\n  value_of_lost_load: 10000\n  reliability: {years: 3, seed: 1}\n"
                                       "policies:\n  dear carbon: {planning: {carbon_price: 300}}\n" + extra)

    def long_study(self, count=6, extra=""):
        return self.study(count=count, hours=1, extra="ledger: {origin: example.org/sweep}\n" + extra)

    # What it does

    def test_asked_to_stop_before_its_report(self):
        """All tasks are done: whoever is told that nothing is left to do finds the report."""
        out = self.path("sweep")
        self.assertEqual(self.sweep(HOUR, "-o", out, "--policies", "base").code, 0)
        for _ in range(6):
            for name in "local.json", "report.html":
                os.remove(os.path.join(out, name))
            process = self.start(HOUR, "-o", out, "--policies", "base")
            while process.poll() is None and not os.path.exists(os.path.join(out, "local.json")):
                time.sleep(0.0005)
            process.terminate()
            self.assertEqual(process.wait(60), 0 if os.path.exists(os.path.join(out, "report.html")) else 75)
            self.assertEqual(self.sweep(HOUR, "-o", out, "--policies", "base").code, 0)
            self.assertTrue(os.path.exists(os.path.join(out, "report.html")))

    def test_the_shipped_hour_a_failure_stops_nothing_and_is_told(self):
        sweep = self.path("sweep")
        result = self.sweep(HOUR, "-o", sweep, "--slots", 2)
        self.assertEqual(result.code, 3, result.err)  # the status of the task that failed
        self.assertIn("infeasible, 200 kW short", result.err)
        status = self.status(sweep)
        base, closed = status["tasks"]
        self.assertEqual((base["name"], base["state"], base["exit_status"]), ("base", "done", 0))
        self.assertEqual((closed["name"], closed["state"], closed["exit_status"]), ("grid-closed", "failed", 3))
        self.assertIn("200 kW short", closed["message"])
        self.assertIn("200 kW short", program.read(closed["log"]).decode())
        self.assertEqual(status["states"], {"waiting": 0, "queued": 0, "running": 0, "done": 1, "stopped": 0, "lost": 0,
                                            "failed": 1})
        text = archipelago("status", sweep).out
        self.assertIn("1 done, 1 failed", text)
        self.assertIn("status 3, window 0", text)
        self.assertNotIn("remaining", text)
        for name in "compare.csv", "iamc.csv", "report.html":
            self.assertTrue(os.path.getsize(os.path.join(sweep, name)), name)
        by_hand = archipelago("run", HOUR, "-o", self.path("hand"))
        self.assertEqual(by_hand.code, 0, by_hand.err)
        self.assertSameFiles(self.path("hand"), os.path.join(sweep, "runs", "base"))

    def test_what_is_done_is_skipped_and_what_failed_is_tried_on_request(self):
        sweep = self.path("sweep")
        self.sweep(HOUR, "-o", sweep)
        before = program.files(os.path.join(sweep, "tasks"))
        again = self.sweep(HOUR, "-o", sweep)
        self.assertEqual(again.code, 3)
        self.assertEqual(program.files(os.path.join(sweep, "tasks")), before)
        self.assertEqual(self.sweep(HOUR, "-o", sweep, "--retry-failed").code, 3)
        self.assertEqual(len(read_json(sweep, "tasks", "grid-closed.json")["starts"]), 2)
        self.assertEqual(len(read_json(sweep, "tasks", "base.json")["starts"]), 1)
        os.remove(os.path.join(sweep, "runs", "base", "summary.json"))  # not what it left: made again, and the same
        os.remove(os.path.join(sweep, "runs", "base", "SHA256SUMS"))
        self.assertEqual(self.states(sweep)["base"], "lost")
        self.sweep(HOUR, "-o", sweep)
        self.assertEqual(self.states(sweep)["base"], "done")

    def test_policies_years_and_seeds_of_a_plan(self):
        study, sweep = self.small_plan(), self.path("sweep")
        result = self.sweep(study, "-o", sweep, "--years", "2030,2040", "--seeds", "1-2", "--slots", 2)
        self.assertEqual(result.code, 0, result.err)
        names = [f"{p}-{y}-s{s}" for p in ("base", "dear_carbon") for y in (2030, 2040) for s in (1, 2)]
        self.assertEqual(sorted(os.listdir(os.path.join(sweep, "runs"))), names)
        self.assertEqual([t["name"] for t in read_json(sweep, "sweep.json")["tasks"]], names)
        for name, policy, year, seed in (("base-2030-s1", "base", 2030, 1), ("dear_carbon-2040-s2", "dear carbon", 2040, 2)):
            hand = self.path("hand-" + name)
            by_hand = archipelago("plan", study, "--policy", policy, "--set", f"planning.periods=[{year}]", "--set",
                                  f"planning.reliability.seed={seed}", "-o", hand)
            self.assertEqual(by_hand.code, 0, by_hand.err)
            self.assertSameFiles(hand, os.path.join(sweep, "runs", name))
            identity = read_json(hand, "study.json")
            self.assertEqual(identity["assessments"]["reliability_seed"], seed)
        with open(os.path.join(sweep, "compare.csv")) as stream:
            self.assertLessEqual(set(names), set(csv.DictReader(stream).fieldnames))
        # The price of carbon decides between coal and wind.
        plan = {name: read_json(sweep, "runs", name, "plan.json")["objective"] for name in names}
        self.assertGreater(plan["dear_carbon-2030-s1"], plan["base-2030-s1"])
        self.assertEqual(plan["base-2030-s1"], plan["base-2030-s2"])

    def test_tasks_of_the_section_and_of_free_axes(self):
        study = self.study(hours=1, count=1, model="dc", method="interior-point", extra=(
            "policies: {dear: {dispatch: {carbon_price: 100}}}\n"
            "sweep:\n  policies: [dear]\n  slots: 3\n  limit: 4\n  set: {dispatch.carbon_price: [0, 50], windows.start: "
            "[2030-06-21T10:00:00Z, 2030-06-21T11:00:00Z]}\n"))
        listed = self.sweep(study, "-o", self.path("sweep"), "--dry-run", "--json")
        self.assertEqual(listed.code, 0, listed.err)
        self.assertFalse(os.path.exists(self.path("sweep")))
        self.assertEqual([t["name"] for t in listed.json["tasks"]],
                         [f"dear-carbon_price-{p}-start-v{s}" for p in (0, 50) for s in (1, 2)])
        self.assertEqual(self.sweep(study, "-o", self.path("sweep")).code, 0)
        self.assertEqual(read_json(self.path("sweep"), "local.json")["slots"], 3)
        batch = self.sweep(study, "-o", self.path("batch"), "--slurm", "--dry-run")
        self.assertIn("--array=0-3%4 ", batch.out)
        hand = archipelago("run", study, "-p", "dear", "--set", "dispatch.carbon_price=50", "--set",
                           "windows.start=2030-06-21T11:00:00Z", "-o", self.path("hand"))
        self.assertEqual(hand.code, 0, hand.err)
        self.assertSameFiles(self.path("hand"), self.path("sweep", "runs", "dear-carbon_price-50-start-v2"))

    def test_a_year_moves_the_windows_and_tasks_have_ranks(self):
        study, sweep = self.study(hours=1, count=1), self.path("sweep")
        result = self.sweep(study, "-o", sweep, "--years", "2030", "--ranks", 2)
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(read_json(sweep, "tasks", "base-2030.json")["starts"][0]["ranks"], 2)
        self.assertEqual(archipelago("run", study, "-o", self.path("hand")).code, 0)
        self.assertSameFiles(self.path("hand"), os.path.join(sweep, "runs", "base-2030"))

    # What may happen to it

    def test_tasks_are_added_while_it_runs(self):
        study = self.long_study(count=12, extra="policies: {dear: {dispatch: {carbon_price: 1}}}\n")
        sweep = self.path("sweep")
        first = self.start(study, "-o", sweep, "--policies", "base", "--slots", "1")
        self.wait_until(lambda: os.path.exists(os.path.join(sweep, "tasks", "base.claim")))
        status = self.status(sweep)
        self.assertEqual(status["tasks"][0]["state"], "running")
        self.assertEqual(status["tasks"][0]["host"], os.uname().nodename)
        second = self.sweep(study, "-o", sweep, "--slots", 1)
        self.assertEqual(second.code, 0, second.err)
        self.assertIn("2 tasks", second.err)
        self.assertIn("1 of them new", second.err)
        self.assertEqual(first.wait(120), 0)
        self.assertEqual(self.states(sweep), {"base": "done", "dear": "done"})
        for name in "base", "dear":  # each was carried out by one of the two
            self.assertEqual(len(read_json(sweep, "tasks", name + ".json")["starts"]), 1, name)

    def test_another_study_or_changed_inputs_are_told(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point"), self.path("sweep")
        self.assertEqual(self.sweep(study, "-o", sweep).code, 0)
        for text, words in (("study: small", "study: other"), "holds another sweep"), (("hours: 1,", "hours: 2,"), "has changed"):
            changed = self.write("changed.yaml", program.read(study).decode().replace(*text))
            result = self.sweep(changed, "-o", sweep)
            self.assertEqual(result.code, 2)
            self.assertIn(words, result.err)
        before = program.files(sweep)
        copy = self.path("islands")
        shutil.copytree(ISLANDS, copy)
        own = self.write("own.yaml", program.read(study).decode().replace(ISLANDS, copy))
        self.assertEqual(self.sweep(own, "-o", self.path("own")).code, 0)
        with open(os.path.join(copy, "participants.csv"), "a") as stream:
            stream.write("\n")
        for arguments in ([own, "-o", self.path("own")], ["--task", "0", "-o", self.path("own")]):
            result = self.sweep(*arguments)
            self.assertEqual(result.code, 2)
            self.assertIn("participants.csv: has changed since the sweep was made", result.err)
        self.assertEqual(program.files(sweep), before)

    def test_a_study_changed_after_its_tasks_were_made_is_told_to_each_task(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point"), self.path("sweep")
        text = program.read(study).decode()
        self.assertEqual(self.sweep(study, "-o", sweep, "--slurm", "--dry-run").code, 0)  # tasks that wait in a queue
        self.write("study.yaml", text.replace("method:", "carbon_price: 9, method:"))
        for arguments in ["--task", "0", "-o", sweep], [study, "-o", sweep, "--dry-run"]:
            result = self.sweep(*arguments)
            self.assertEqual(result.code, 2, result.err)
            self.assertIn("study.yaml: has changed since task base was made", result.err)
        self.assertEqual(self.states(sweep), {"base": "waiting"})
        self.assertFalse(os.path.exists(os.path.join(sweep, "runs", "base")))
        other = self.sweep(HOUR, "-o", sweep, "--dry-run")  # tells what the command itself would
        self.assertEqual((other.code, other.out), (2, ""))
        self.assertIn("holds another sweep", other.err)
        self.write("study.yaml", text + "policies: {dear: {dispatch: {carbon_price: 9}}}\n")  # no change for this task
        self.assertEqual(self.sweep("--task", "0", "-o", sweep).code, 0)
        self.assertEqual(self.states(sweep), {"base": "done"})

    def test_a_directory_whose_making_was_cut_short_is_gone_on_with(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point"), self.path("sweep")
        for name in "runs", "tasks", "logs":
            os.makedirs(os.path.join(sweep, name))
        self.write(os.path.join(sweep, ".lock"), "")
        self.write(os.path.join(sweep, "notes.txt"), "mine")
        self.assertEqual(self.sweep(study, "-o", sweep).code, 2)  # somebody else's
        os.remove(os.path.join(sweep, "notes.txt"))
        result = self.sweep(study, "-o", sweep)
        self.assertEqual(result.code, 0, result.err)

    def test_closed_standard_files_are_not_written_through(self):
        study = self.study(hours=1, count=1, model="dc", method="interior-point")
        self.assertEqual(archipelago("run", study, "-o", self.path("open")).code, 0)
        command = program.command(["run", study, "-o", self.path("closed")])
        closed = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command], timeout=120)
        self.assertEqual(closed.returncode, 1)  # the summary could not be printed
        self.assertSameFiles(self.path("open"), self.path("closed"))

    def test_damaged_journals_and_claims_hold_nothing_up(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point"), self.path("sweep")
        self.assertEqual(self.sweep(study, "-o", sweep).code, 0)
        for text in "", "[]", "null", "7", "{}", '{"starts": 7}', '{"starts": [1]}', '{"starts": [{"ended": nul':
            for name in "base.json", "base.claim":
                with self.subTest(name=name, text=text):
                    self.write(os.path.join(sweep, "tasks", name), text)
                    result = self.sweep(study, "-o", sweep)
                    self.assertEqual(result.code, 0, result.err)
                    self.assertEqual(self.states(sweep), {"base": "done"})

    def test_killed_tasks_and_a_killed_sweep_go_on_with_the_same_bytes(self):
        study, sweep = self.long_study(extra="policies: {dear: {dispatch: {carbon_price: 1}}}\n"), self.path("sweep")
        windows = os.path.join(sweep, "runs", "base", "windows")
        first = self.start(study, "-o", sweep, "--slots", "1", "--policies", "base")
        self.wait_until(lambda: os.path.isdir(windows) and any(n[0] != "." for n in os.listdir(windows)))
        os.kill(read_json(sweep, "tasks", "base.json")["starts"][-1]["pid"], signal.SIGKILL)
        self.assertEqual(first.wait(60), 75)
        self.assertEqual(self.states(sweep), {"base": "lost"})
        self.assertIn("signal 9", self.status(sweep)["tasks"][0]["message"])
        second = self.start(study, "-o", sweep, "--slots", "2")
        self.wait_until(lambda: len(read_json(sweep, "tasks", "base.json")["starts"]) == 2)
        second.kill()  # its tasks are asked to stop, save, and leave their word
        second.wait()
        self.wait_until(lambda: "running" not in self.states(sweep).values())
        last = self.sweep(study, "-o", sweep)
        self.assertEqual(last.code, 0, last.err)
        for name, policy in ("base", "base"), ("dear", "dear"):
            hand = archipelago("run", study, "-p", policy, "-o", self.path("hand-" + name))
            self.assertEqual(hand.code, 0, hand.err)
            self.assertSameFiles(self.path("hand-" + name), os.path.join(sweep, "runs", name))

    def test_asked_to_stop_it_waits_for_its_tasks_and_says_75(self):
        study, sweep = self.long_study(count=12), self.path("sweep")
        for number in signal.SIGTERM, signal.SIGUSR1, signal.SIGINT:
            process = self.start(study, "-o", sweep)
            claim = os.path.join(sweep, "tasks", "base.claim")
            self.wait_until(lambda: os.path.exists(claim) or process.poll() is not None)
            process.send_signal(number)
            self.assertEqual(process.wait(60), 75, number)
            self.assertFalse(os.path.exists(claim))
            self.assertIn(self.states(sweep)["base"], ("stopped", "lost"))  # lost: it did not listen yet
        self.assertEqual(self.sweep(study, "-o", sweep).code, 0)

    def test_a_task_is_held_by_one_alone(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point"), self.path("sweep")
        self.assertEqual(self.sweep(study, "-o", sweep, "--slurm", "--dry-run").code, 0)
        claim = os.path.join(sweep, "tasks", "base.claim")
        me = {"host": os.uname().nodename, "pid": os.getpid(), "since": "now",
              "process_start": int(program.read("/proc/self/stat").decode().rpartition(")")[2].split()[19])}
        self.write(claim, json.dumps(me))
        held = self.sweep("--task", 0, "-o", sweep)
        self.assertEqual(held.code, 2)
        self.assertIn(f"is held by process {os.getpid()}", held.err)
        self.write(claim, json.dumps({**me, "host": "elsewhere"}))
        held = self.sweep("--task", 0, "-o", sweep)
        self.assertEqual(held.code, 2)
        self.assertIn(f"when that is gone, remove {claim}", held.err)
        self.assertEqual(self.states(sweep), {"base": "waiting"})
        self.write(claim, json.dumps({**me, "process_start": 1}))  # another process has the number now
        self.assertEqual(self.sweep("--task", 0, "-o", sweep).code, 0)
        self.assertEqual(self.states(sweep), {"base": "done"})

    # Slurm

    def fake_slurm(self):
        os.makedirs(self.path("fake"), exist_ok=True)
        for name, text in ("sbatch", FAKE_SBATCH), ("squeue", FAKE_SQUEUE):
            os.chmod(self.write(f"fake/{name}", text), 0o755)
        return {"PATH": self.path("fake") + ":" + os.environ["PATH"], "FAKE": self.path("fake")}

    def test_the_array_has_what_is_missing_and_the_report_comes_after(self):
        study = self.study(hours=1, count=1, model="dc", method="interior-point",
                           extra="policies: {a: {}, b: {}, c: {}}\n")
        sweep, slurm = self.path("a sweep"), self.fake_slurm()
        dry = self.sweep(study, "-o", sweep, "--slurm", "--limit", 2, "--ranks", 3, "--dry-run", env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(dry.code, 0, dry.err)
        array, report = dry.out.splitlines()
        self.assertIn("--array=0-3%2 --ntasks=3", array)
        self.assertIn(f"'{sweep}/slurm/sweep-task.sh'", array)
        self.assertIn("--dependency=afterany:JOBID", report)
        shipped = os.path.join(SOURCE, "jobs", "slurm")
        for name in os.listdir(shipped):
            if name.endswith(".sh"):
                self.assertEqual(program.read(os.path.join(sweep, "slurm", name)), program.read(os.path.join(shipped, name)))
        without = self.sweep(study, "-o", sweep, "--slurm", env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(without.code, 2)
        self.assertIn("found no sbatch on PATH", without.err)
        self.assertEqual(self.sweep("--task", 1, "-o", sweep).code, 0)
        first = self.sweep(study, "-o", sweep, "--slurm", "--json", env=slurm)
        self.assertEqual(first.code, 0, first.err)
        self.assertEqual((first.json["array_job"], first.json["report_job"]), ("41", "42"))
        said = program.read(self.path("fake", "said")).decode().splitlines()
        self.assertIn("--array=0,2-3 ", said[0])
        self.assertIn("--dependency=afterany:41", said[1])
        self.assertTrue(said[0].startswith(sweep))
        # Two are in the queue, one at work; nothing is left to submit. Then one has left the queue without a word.
        self.write("fake/queue", "41 41 0 PENDING\n45 41 2 RUNNING\n46 41 3 PENDING\n")
        again = self.sweep(study, "-o", sweep, "--slurm", env=slurm)
        self.assertEqual(again.code, 0, again.err)
        self.assertIn("nothing to submit", again.err)
        shown = archipelago("status", sweep, "--json", env=slurm).json
        self.assertEqual([t["state"] for t in shown["tasks"]], ["queued", "done", "running", "queued"])
        self.write("fake/queue", "41 41 0 PENDING\n")
        self.assertEqual(self.sweep(study, "-o", sweep, "--slurm", env=slurm).code, 0)
        self.assertIn("--array=2-3 ", program.read(self.path("fake", "said")).decode().splitlines()[2])
        self.assertEqual([j["array"] for j in read_json(sweep, "slurm", "jobs.json")["submitted"]], ["41", "43"])
        self.write("fake/refuse", "")
        self.write("fake/queue", "")
        refused = self.sweep(study, "-o", sweep, "--slurm", env=slurm)
        self.assertEqual(refused.code, 2)
        self.assertIn("no such partition", refused.err)

    # What is told

    def test_status_of_single_directories(self):
        study = self.study(hours=1, count=2, model="dc", method="interior-point")
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)
        done = archipelago("status", self.path("run"), "--json").json
        self.assertEqual((done["kind"], done["state"], done["windows_done"]), ("run", "done", 2))
        archipelago("run", HOUR, "-p", "grid-closed", "-o", self.path("closed"))
        failed = archipelago("status", self.path("closed"), "--json").json
        self.assertEqual(failed["state"], "failed")
        self.assertIn("200 kW short", failed["message"])
        self.assertEqual(archipelago("plan", self.small_plan(), "-o", self.path("plan")).code, 0)
        plan = archipelago("status", self.path("plan"), "--json").json
        self.assertEqual((plan["kind"], plan["state"]), ("plan", "done"))
        nothing = archipelago("status", self.directory)
        self.assertEqual(nothing.code, 2)
        self.assertIn("found neither a sweep nor a run nor a plan", nothing.err)

    def test_the_time_left_is_estimated(self):
        study, sweep = self.study(hours=1, count=1, model="dc", method="interior-point", extra="policies: {a: {}}\n"), self.path("s")
        self.assertEqual(self.sweep(study, "-o", sweep, "--slurm", "--dry-run").code, 0)
        self.assertIn("remaining: 2; no task is done yet", archipelago("status", sweep).out)
        self.assertEqual(self.sweep("--task", 0, "-o", sweep).code, 0)
        self.assertRegex(archipelago("status", sweep).out, r"remaining: 1, about \d+ s at 1 at a time; an estimate from the 1 done")
        status = self.status(sweep)
        self.assertGreater(status["median_seconds"], 0)
        self.assertAlmostEqual(status["seconds_left_estimate"], status["median_seconds"])

    def test_bad_usage_gets_one_line(self):
        study = self.study(extra="policies: {dear: {dispatch: {carbon_price: 100}}}\n")
        leap = self.write("leap.yaml", program.read(study).decode().replace("2030-06-21", "2028-02-29"))
        twice = self.write("twice.yaml", program.read(study).decode() + "sweep: {set: {windows.start: [2031-06-21T00:00:00Z]}}\n")
        self.assertEqual(archipelago("run", HOUR, "-o", self.path("run")).code, 0)
        sweep = self.path("sweep")
        for arguments, words in (
                ([], "no directory given"), ([study], "no directory given"), (["-o", sweep], "found no study"),
                ([study, "-o", sweep, "--task", "1"], "beside --task"), (["-o", sweep, "--task", "1"], "is no directory of a sweep"),
                (["-o", sweep, "--report"], "is no directory of a sweep"),
                ([study, "-o", self.path("run")], "holds a run, expected a sweep's"),
                ([study, "-o", self.directory], "is neither empty nor"),
                ([study, "-o", sweep, "--policies", "daer"], "no policy 'daer', expected 'dear'"),
                ([study, "-o", sweep, "--years", "2030-"], "--years: found '2030-'"),
                ([study, "-o", sweep, "--years", "0"], "--years: found '0', expected whole numbers from 1"),
                ([study, "-o", sweep, "--years", "2031"], "--set windows.start: error: task base-2031"),
                ([study, "-o", sweep, "--seeds", "1"], "nothing is random"),
                ([study, "-o", sweep, "--seeds", "x"], "--seeds: found 'x'"),
                ([study, "-o", sweep, "--limit", "2"], "--limit without --slurm"),
                ([study, "-o", sweep, "--slots", "2", "--slurm"], "--slots beside --slurm"),
                ([twice, "-o", sweep, "--years", "2030"], "found the key windows.start, which the sweep's years set"),
                ([leap, "-o", sweep, "--years", "2029"], "29th of February"),
                ([self.path("none.yaml"), "-o", sweep], "none.yaml")):
            with self.subTest(arguments=arguments):
                result = self.sweep(*arguments)
                self.assertEqual(result.code, 2, result.err)
                self.assertIn(words, result.err)
                self.assertFalse(os.path.exists(sweep))
        result = self.sweep(study, "-o", sweep, ranks=2)
        self.assertEqual(result.code, 2)
        self.assertIn("found 2 ranks, expected one", result.err)

    def test_values_beside_the_study_are_what_the_run_is(self):
        study = self.study(hours=1, count=1, model="dc", method="interior-point")
        self.assertEqual(archipelago("run", study, "--set", "windows.hours=2", "--set", "dispatch.carbon_price=9", "-o",
                                     self.path("set")).code, 0)
        written = self.write("written.yaml", program.read(study).decode().replace("hours: 1", "hours: 2")
                             .replace("method:", "carbon_price: 9, method:"))
        self.assertEqual(archipelago("run", written, "-o", self.path("written")).code, 0)
        self.assertSameFiles(self.path("set"), self.path("written"))
        other = archipelago("run", study, "-o", self.path("set"))
        self.assertEqual(other.code, 2)
        self.assertIn("holds another run", other.err)
        for command in ["run", study, "-o", self.path("no")], ["check", study]:
            result = archipelago(*command, "--set", "windows.hours=x", "--set", "windows.colour=red")
            self.assertEqual(result.code, 2)
            self.assertIn("--set windows.hours: error: hours: found 'x'", result.err)
            self.assertIn("--set windows.colour: error: windows: found the unknown key 'colour'", result.err)


if __name__ == "__main__":
    program.main()
