"""The ledger of runs from outside: killed and gone on with, shared by several runs, drilled, witnessed, anchored, damaged."""
import fcntl
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import program
from program import archipelago
from test_market import ORIGIN, MarketDay


def last(directory, pattern):
    return sorted(glob.glob(os.path.join(directory, pattern)))[-1]


class LedgerRun(MarketDay):
    def refuse(self, study, code, out="run", ranks=1, options=()):
        """A run that ends with this status and one line of its own that says why."""
        result = archipelago("run", study, "-o", self.path(out), *options, ranks=ranks)
        self.assertEqual(result.code, code, result.err)
        self.assertNotIn("PETSC ERROR", result.err)
        self.assertNotRegex(result.err, r"(?i)traceback|segmentation|signal \d+")
        return result.err

    def assertNothingWritten(self, out="run"):
        self.assertEqual(glob.glob(self.path(out, "windows", "*")), [])
        self.assertFalse(os.path.exists(self.path(out, "ledger", "checkpoint")))
        self.assertFalse(os.path.exists(self.path(out, "summary.json")))

    def copy(self, a, b):
        shutil.rmtree(self.path(b), ignore_errors=True)
        shutil.copytree(self.path(a), self.path(b))


class Killed(LedgerRun):
    def test_killed_at_random_points_it_ends_with_the_same_bytes(self):
        """Witnesses, hidden entries, a contract that counts over windows, certificates in storage; other ranks each time."""
        study = self.make(hours=1, count=4, ledger=f"witnesses: true, privacy: committed, secrets: {self.path('secrets')}")
        begin = time.time()
        self.run_study(study, "whole")
        length = time.time() - begin
        chance = random.Random(5)
        for attempt in range(10):
            process = subprocess.Popen(program.command(["run", study, "-o", self.path("killed")], 1 + attempt % 3),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(chance.uniform(0.2, 1.2) * length)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            time.sleep(0.2)  # ranks of a killed launcher see it and end
        for _ in range(60):  # a rank whose launcher is gone may take a moment to end, and holds the lock until then
            result = archipelago("run", study, "-o", self.path("killed"), ranks=2)
            if not re.search("another run is at work|another process", result.err):
                break
            time.sleep(0.5)
        self.assertEqual(result.code, 0, result.err)
        self.assertSameRun(self.path("whole"), self.path("killed"))
        self.ledger("audit", self.path("killed"))

    def cut(self, study):
        """A finished run, and what it was after its second of three windows."""
        self.run_study(study, "whole")
        self.copy("whole", "cut")
        for name in "SHA256SUMS", "summary.json", "summary.csv", "results.nc", "settlement.csv":
            os.remove(self.path("cut", name))
        shutil.rmtree(self.path("cut", "statements"), ignore_errors=True)

    def assertGoesOn(self, study, ranks=2, done=None):
        result = archipelago("run", study, "-o", self.path("cut"), ranks=ranks)
        self.assertEqual(result.code, 0, result.err)
        if done is not None:
            self.assertIn(f"{done} windows are done already", result.err)
        self.assertSameRun(self.path("whole"), self.path("cut"))
        self.ledger("verify", self.path("cut"))
        return result

    def test_killed_between_the_log_and_its_witnesses(self):
        """All that is missing are cosignature lines: some, or all."""
        study = self.make(hours=1, count=3, ledger="witnesses: true, privacy: committed")
        for kept in 1, 3:
            self.cut(study)
            note = program.read(self.path("cut", "ledger", "checkpoint"))
            lines = note.split(b"\n\n")[1].splitlines(True)
            self.assertEqual(len(lines), 4)
            self.write("cut/ledger/checkpoint", note.split(b"\n\n")[0] + b"\n\n" + b"".join(lines[:kept]))
            self.ledger("verify", self.path("cut"), code=5)
            self.assertGoesOn(study, done="3 of 3")

    def test_killed_before_the_first_checkpoint_of_the_log(self):
        """The only window has its folder and no log: the one that is made later names its witnesses, too."""
        study = self.make(hours=1, count=1, ledger="witnesses: true, quorum: 2")
        self.cut(study)
        shutil.rmtree(self.path("cut", "ledger"))
        shutil.rmtree(self.path("cut", "witnesses"))
        self.assertGoesOn(study, done="1 of 1")
        self.assertEqual(program.read(self.path("cut", "ledger", "witnesses")),
                         program.read(self.path("whole", "ledger", "witnesses")))

    def test_killed_between_the_folder_and_the_log(self):
        """The log and the witnesses' heads are those of the window before."""
        study = self.make(hours=1, count=3)
        short = self.make("short.yaml", hours=1, count=3)
        process = subprocess.Popen(program.command(["run", short, "-o", self.path("early")]), stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        saved = None
        deadline = time.time() + 60
        while process.poll() is None and time.time() < deadline:  # a copy of the log as it is behind the second window
            if saved is None and os.path.isdir(self.path("early", "windows")) and \
                    len([f for f in os.listdir(self.path("early", "windows")) if not f.startswith(".")]) >= 2:
                process.send_signal(signal.SIGTERM)  # ends behind the window at hand
                saved = True
            time.sleep(0.002)
        process.communicate()
        self.cut(study)
        windows = len(os.listdir(self.path("early", "windows")))
        if windows == 3:
            self.skipTest("the run was faster than its stop")
        for folder in "ledger", "witnesses":
            shutil.rmtree(self.path("cut", folder))
            shutil.copytree(self.path("early", folder), self.path("cut", folder))
        shutil.rmtree(last(self.path("cut"), "windows/*")) if windows == 1 else None
        self.assertGoesOn(study)

    def test_killed_before_a_witness_kept_its_head(self):
        study = self.make(hours=1, count=3)
        self.cut(study)
        for head in glob.glob(self.path("cut", "witnesses", "*", "head"))[1:]:
            os.remove(head)
        note = program.read(self.path("cut", "ledger", "checkpoint"))
        self.write("cut/ledger/checkpoint", b"".join(line for line in note.splitlines(True) if b"/witness/" not in line))
        self.assertGoesOn(study)


class Shared(LedgerRun):
    """Several runs in one log."""

    def day(self, number, **options):
        return self.make(f"day{number}.yaml", title=f"day {number}", count=1, ledger=f"log: {self.path('log')}, witnesses: true",
                         start=f"2030-06-21T{15 + number}:00:00Z", hours=1, **options)

    def test_three_runs_extend_one_log(self):
        kept = []
        for number in range(3):
            self.run_study(self.day(number), f"day{number}", ranks=1 + number)
            self.copy("log", f"log{number}")
            shutil.copy(self.path("log", "checkpoint"), self.path(f"checkpoint{number}"))
            kept.append(self.path(f"checkpoint{number}"))
            self.ledger("verify", self.path("log"))
            self.assertFalse(os.path.exists(self.path(f"day{number}", "ledger")))
        for k, older in enumerate(kept):
            self.ledger("verify", self.path("log"), "--checkpoint", older)
            for newer in kept[k:]:
                self.ledger("consistency", self.path("log"), older, newer)
            for newer in kept[:k]:
                self.ledger("consistency", self.path("log"), older, newer, code=5)
        runs = [part for number in range(3) for part in ("--run", self.path(f"day{number}"))]
        report = self.ledger("audit", self.path("log"), "--json", *runs).json
        self.assertEqual((report["runs"], report["runs_executed"], report["windows_executed"]), (3, 3, 3))
        self.assertEqual(report["amounts_compared"], report["entries"])
        forged = bytearray(program.read(kept[0]))
        forged[forged.index(b"\n") + 1] ^= 1
        self.write("forged", bytes(forged))
        self.ledger("consistency", self.path("log"), self.path("forged"), code=5)

    def test_a_run_that_another_overtook_settles_its_window_again(self):
        """Killed before its append; then another run appended where its window would have stood."""
        first, second = self.day(0), self.day(1)
        self.run_study(first, "day0")
        self.copy("day0", "late")  # its folder, but not its place in the log
        for name in "SHA256SUMS", "summary.json", "summary.csv", "results.nc", "settlement.csv":
            os.remove(self.path("late", name))
        for path in glob.glob(self.path("log*")):
            shutil.rmtree(path)
        self.run_study(second, "day1")
        self.run_study(first, "late", ranks=2)
        report = self.ledger("audit", self.path("log"), "--json", "--run", self.path("late"), "--run", self.path("day1")).json
        self.assertEqual((report["runs_executed"], report["amounts_compared"]), (2, report["entries"]))
        self.assertEqual(program.read(self.path("day0", "settlement.csv")), program.read(self.path("late", "settlement.csv")))

    def test_a_run_in_two_halves_with_another_between_is_refused(self):
        """Windows are read as those of the run whose record stands before them: a log that says otherwise is not written."""
        halves = self.make("long.yaml", title="long", hours=1, count=6, ledger=f"log: {self.path('log')}, witnesses: true")
        process = subprocess.Popen(program.command(["run", halves, "-o", self.path("halves")]), stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        while process.poll() is None and not glob.glob(self.path("halves", "windows", "0*")):
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        done = len(os.listdir(self.path("halves", "windows")))
        self.assertLess(done, 6)
        self.run_study(self.day(3), "other")
        before = program.files(self.path("log"))
        err = self.refuse(halves, 2, "halves", ranks=2)
        self.assertIn(f"another run was entered behind window {done - 1} of this one", err)
        self.assertEqual(before, program.files(self.path("log")))
        report = self.ledger("audit", self.path("log"), "--json", "--run", self.path("halves"), "--run", self.path("other")).json
        self.assertEqual((report["runs_executed"], report["amounts_compared"]), (2, report["entries"]))

    def test_a_run_that_the_log_has_is_not_entered_again(self):
        """Its certificates would be issued twice."""
        self.run_study(self.day(0), "day0")
        self.run_study(self.day(1), "day1")
        before = program.files(self.path("log"))
        for number, entry in ((0, 0), (1, None)):
            err = self.refuse(self.day(number), 2, f"again{number}", ranks=1 + number)
            self.assertRegex(err, rf"log: entry {entry if entry is not None else '[1-9][0-9]*'} opens this very run")
        self.assertEqual(before, program.files(self.path("log")))
        self.ledger("audit", self.path("log"), "--run", self.path("day0"), "--run", self.path("day1"))

    def test_another_key_or_origin_is_refused(self):
        self.run_study(self.day(0), "day0")
        before = program.files(self.path("log"))
        self.ledger("keygen", ORIGIN, "-o", self.path("other.key"))
        err = self.refuse(self.day(1), 2, "day1", options=("--key", self.path("other.key")))
        self.assertIn("key", err.splitlines()[-1])
        self.assertNothingWritten("day1")
        err = self.refuse(self.day(2, origin="example.org/other"), 2, "day2", ranks=1)
        self.assertIn("example.org/other", err)
        self.assertNothingWritten("day2")
        self.assertEqual(before, program.files(self.path("log")))

    def test_two_writers_at_once_are_refused(self):
        self.run_study(self.day(0), "day0")
        before = program.files(self.path("log"))
        lock = os.open(self.path("log", "lock") if os.path.exists(self.path("log", "lock")) else self.path("log"), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        err = self.refuse(self.day(1), 2, "day1")
        os.close(lock)
        self.assertEqual(len([line for line in err.splitlines() if "log" in line and "warning" not in line]), 1, err)
        self.assertNothingWritten("day1")
        self.assertEqual(before, program.files(self.path("log")))
        self.run_study(self.day(1), "day1")


class Drill(LedgerRun):
    def test_a_false_entry_is_refused_by_its_region(self):
        study = self.make(count=1)
        result = self.run_study(study, "probe")
        entries = archipelago("ledger", "show", self.path("probe"), "--json").json
        size = entries["size"] if "size" in entries else entries["entries"]
        # The first settlement entry, the last of the last region, and one in between.
        kinds = {}
        data = program.read(last(result, "windows/*/entries.bin"))
        for index in range(size):
            length = int.from_bytes(data[:4], "big")
            kinds[index] = data[5]
            data = data[4 + length:]
        own = [index for index, kind in kinds.items() if kind == 1]
        for index in (own[0], own[len(own) // 2], own[-1]):
            for ranks in (1, 3):
                shutil.rmtree(self.path("drill"), ignore_errors=True)
                err = self.refuse(study, 5, "drill", ranks, ("--drill", index))
                found = re.search(r"region (.*) refuses entry (\d+): byte \d+ is false; written: (.*); computed: (.*)", err)
                self.assertTrue(found, err)
                self.assertEqual(found.group(2), str(index))
                self.assertIn(found.group(1), ("wind coast", "solar plain", "city"))
                self.assertNotEqual(found.group(3), found.group(4))
                self.assertNothingWritten("drill")
                self.assertFalse(glob.glob(self.path("drill", "witnesses", "*", "head")))
        self.run_study(study, "drill", 2)
        self.assertSameRun(self.path("probe"), self.path("drill"))

    def test_a_false_entry_in_the_second_window(self):
        study = self.make(ledger="privacy: committed, witnesses: true")
        whole = self.run_study(study, "whole")
        size = archipelago("ledger", "show", whole, "--json").json
        size = size["size"] if "size" in size else size["entries"]
        err = self.refuse(study, 5, "drill", 2, ("--drill", size - 12))
        self.assertRegex(err, rf"refuses entry {size - 12}: byte \d+ is false")
        self.assertEqual(len(os.listdir(self.path("drill", "windows"))), 1)
        first = archipelago("ledger", "verify", self.path("drill"))
        self.assertEqual(first.code, 0, first.err)
        self.run_study(study, "drill", 3)
        self.assertSameRun(whole, self.path("drill"))


class Witnesses(LedgerRun):
    REGIONS = "wind coast", "solar plain", "city"

    def keys(self):
        """A key for each region; the verifiers' strings."""
        found = {}
        for region in self.REGIONS:
            path = self.path(region.replace(" ", "-") + ".key")
            found[region] = self.ledger("keygen", f"example.org/{region.replace(' ', '-')}", "-o", path, "--witness").out.strip()
        listed = ", ".join(f"{region}: {self.path(region.replace(' ', '-') + '.key')}" for region in self.REGIONS)
        return found, f"{{{listed}}}"

    def test_a_quorum_is_of_those_who_sign(self):
        for quorum, code in (4, 2), (3, 0), (0, 0), (-1, 2):
            with self.subTest(quorum=quorum):
                study = self.make(f"{quorum}.yaml", ledger=f"witnesses: true, quorum: {quorum}", hours=1, count=1)
                if code:
                    err = self.refuse(study, code, f"run{quorum}")
                    self.assertRegex(err, rf"{quorum}\.yaml:\d+: error: quorum: found")
                    self.assertFalse(os.path.exists(self.path(f"run{quorum}")))
                    self.assertNothingWritten(f"run{quorum}")
                else:
                    self.run_study(study, f"run{quorum}")
        err = self.refuse(self.make("none.yaml", ledger="quorum: 1"), 2, "none")
        self.assertRegex(err, r"none\.yaml:\d+: error: quorum")
        self.assertFalse(os.path.exists(self.path("none")))

    def test_keys_of_their_own_are_enforced_by_whoever_verifies(self):
        verifiers, listed = self.keys()
        run = self.run_study(self.make(ledger=f"witnesses: {listed}, quorum: 2"), ranks=2)
        every = [part for text in verifiers.values() for part in ("--witness", text)]
        self.ledger("verify", run, *every)
        stranger = self.ledger("keygen", "example.org/stranger", "-o", self.path("stranger"), "--witness").out.strip()
        self.ledger("verify", run, *every, "--witness", stranger, code=5)
        self.ledger("verify", run, *every, "--witness", stranger, "--quorum", "3")

    def test_bad_keys_are_refused_before_anything_is_written(self):
        _, listed = self.keys()
        study = self.make(ledger=f"witnesses: {listed}")
        city = self.path("city.key")
        os.chmod(city, 0o644)
        err = self.refuse(study, 2)
        self.assertIn("city.key", err)
        self.assertNothingWritten()
        os.chmod(city, 0o600)
        self.write("city.key", program.read(city)[:-9])
        self.assertIn("city.key", self.refuse(study, 2))
        os.remove(city)
        self.assertIn("city.key", self.refuse(study, 2))
        shutil.copy(self.path("wind-coast.key"), city)  # one key twice
        self.assertIn("has the key of another", self.refuse(study, 2))
        self.assertNothingWritten()
        err = self.refuse(self.make("nobody.yaml", ledger=f"witnesses: {{nowhere: {city}}}"), 2, ranks=2)
        self.assertEqual(len(re.findall(r"nobody\.yaml:\d+: error: witnesses: found 'nowhere'", err)), 1, err)
        self.assertNothingWritten()

    def test_a_log_key_of_another_name_is_told(self):
        self.ledger("keygen", "example.org/elsewhere", "-o", self.path("elsewhere.key"))
        study = self.make(hours=1, count=1)
        result = archipelago("run", study, "-o", self.path("run"), "--key", self.path("elsewhere.key"))
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("warning: the ledger's key is named example.org/elsewhere", result.err)
        key = program.read(self.path("run", "ledger", "key.pub")).decode().strip()
        self.assertEqual(archipelago("ledger", "verify", self.path("run"), "--key", key).code, 0)

    def test_secrets_that_others_can_read_are_refused(self):
        study = self.make(ledger=f"privacy: committed, secrets: {self.path('secrets')}", hours=1, count=1)
        self.run_study(study)
        secrets = sorted(glob.glob(self.path("secrets", "*")))
        os.chmod(secrets[1], 0o640)
        err = self.refuse(study, 2, "again")
        self.assertIn(os.path.basename(secrets[1]), err)
        self.assertNothingWritten("again")
        os.chmod(secrets[1], 0o600)
        self.write(os.path.relpath(secrets[1], self.directory), "ARCHIPELAGO+SECRET+x+zzzz\n")
        err = self.refuse(study, 2, "again")
        self.assertNotIn("zzzz", err)  # no secret on the screen
        self.assertNothingWritten("again")

    def test_a_log_from_an_old_copy_is_not_gone_on_with(self):
        """The witnesses have seen more: nothing is signed that would take it back."""
        ledger = f"log: {self.path('log')}, witnesses: true"
        self.run_study(self.make("a.yaml", title="a", hours=1, count=1, ledger=ledger), "a")
        self.copy("log", "old")
        self.run_study(self.make("b.yaml", title="b", hours=1, count=1, ledger=ledger), "b")
        self.copy("old", "log")
        err = self.refuse(self.make("c.yaml", title="c", hours=1, count=1, ledger=ledger), 5, "c")
        self.assertRegex(err, r"has \d+ entries, fewer than the older checkpoint's \d+ \(the witness of region wind coast")
        self.assertNothingWritten("c")
        self.assertEqual(program.read(self.path("log", "checkpoint")), program.read(self.path("old", "checkpoint")))
        self.ledger("verify", self.path("log"))


class Anchors(LedgerRun):
    def test_a_checkpoint_of_another_log_is_entered_and_read(self):
        other = self.run_study(self.make("other.yaml", title="other", origin="example.org/elsewhere", hours=1, count=1), "other")
        anchor = os.path.join(other, "ledger", "checkpoint")
        run = self.run_study(self.make(ledger=f"anchor: {anchor}", hours=1, count=1), ranks=2)
        report = self.ledger("audit", run, "--json").json
        self.assertEqual((report["anchors"], report["anchors_verified"]), (1, 0))
        key = program.read(os.path.join(other, "ledger", "key.pub")).decode().strip()
        self.assertEqual(self.ledger("audit", run, "--json", "--anchor-key", key).json["anchors_verified"], 1)
        entries = b"".join(data for name, data in program.files(os.path.join(run, "ledger")).items() if "entries" in name)
        self.assertIn(program.read(anchor), entries)
        stranger = self.ledger("keygen", "example.org/elsewhere", "-o", self.path("stranger")).out.strip()
        self.assertEqual(self.ledger("audit", run, "--json", "--anchor-key", stranger).json["anchors_verified"], 0)

    def test_what_is_no_checkpoint_is_no_anchor(self):
        for name, text in ("words", "not a checkpoint\n"), ("empty", ""), ("bytes", bytes(range(256))), ("unsigned", "a\n1\n"):
            self.write(name, text)
            err = self.refuse(self.make(f"{name}.yaml", ledger=f"anchor: {self.path(name)}", hours=1, count=1), 2, f"run-{name}")
            self.assertIn(name, err)
            self.assertNothingWritten(f"run-{name}")
        err = self.refuse(self.make("none.yaml", ledger=f"anchor: {self.path('nowhere')}", hours=1, count=1), 2, "none")
        self.assertIn("nowhere", err)
        self.assertNothingWritten("none")


class Damaged(LedgerRun):
    def test_a_damaged_directory_is_not_gone_on_with(self):
        """Truncated inputs, changed entries, a changed log: found at the next start, and by an audit of a finished run."""
        study = self.make(hours=1, count=2)
        self.run_study(study, "whole")
        for pattern in "windows/*/inputs.bin", "windows/*/entries.bin", "ledger/tile/entries/*.p/*", "ledger/tile/0/*.p/*", \
                "ledger/checkpoint":
            for how in "cut", "flipped":
                with self.subTest(pattern=pattern, how=how):
                    self.copy("whole", "copy")
                    os.remove(self.path("copy", "SHA256SUMS"))
                    path = last(self.path("copy"), pattern)
                    data = bytearray(program.read(path))
                    if how == "cut":
                        data = data[:len(data) // 2]
                    else:
                        data[100 if pattern.endswith("checkpoint") else len(data) // 3] ^= 1  # there: the log's signature
                    self.write(os.path.relpath(path, self.directory), bytes(data))
                    before = program.files(self.path("copy"))
                    result = archipelago("run", study, "-o", self.path("copy"))
                    self.assertIn(result.code, (2, 5), result.err)
                    self.assertIn(os.path.basename(os.path.dirname(path)) if "windows" in pattern else "ledger", result.err)
                    after = program.files(self.path("copy"), without=("provenance.json",))
                    reason = json.loads(after.pop("failure.json"))
                    self.assertIn(reason["status"], ("not-verified", "bad-input"))
                    before.pop("provenance.json")
                    self.assertEqual(before, after)

    def test_a_log_damaged_before_the_last_window_is_not_gone_on_with(self):
        study = self.make(hours=12, count=2, start="2030-06-21T00:00:00Z")
        self.run_study(study, "whole")
        for how in "cut", "flipped":
            with self.subTest(how=how):
                self.copy("whole", "copy")
                os.remove(self.path("copy", "SHA256SUMS"))
                shutil.rmtree(last(self.path("copy"), "windows/0001-*"))
                path = self.path("copy", "ledger", "tile", "entries", "000")
                data = bytearray(program.read(path))
                data = data[:len(data) // 2] if how == "cut" else data
                data[len(data) // 3] ^= 1
                self.write(os.path.relpath(path, self.directory), bytes(data))
                result = archipelago("run", study, "-o", self.path("copy"))
                self.assertEqual(result.code, 5, result.err)
                self.assertIn("tile/entries/000", result.err)

    def test_parts_of_other_states_do_not_fit(self):
        """A log that is gone, a window that is gone, inputs of another window under right sums."""
        study = self.make(hours=1, count=3)
        self.run_study(study, "whole")
        for what, line in (("ledger", "its records begin at entry"), ("windows/0001-*", "window 1 before it has no folder"),
                           ("inputs", "refuses entry")):
            with self.subTest(what=what):
                self.copy("whole", "copy")
                for name in "SHA256SUMS", "summary.json":
                    os.remove(self.path("copy", name))
                if what == "inputs":
                    folder = last(self.path("copy"), "windows/*")
                    shutil.copy(last(self.path("copy"), "windows/0001-*/inputs.bin"), folder)
                    names = sorted(set(os.listdir(folder)) - {"SHA256SUMS"})
                    sums = subprocess.run(["sha256sum", *names], cwd=folder, capture_output=True, check=True).stdout
                    self.write(os.path.relpath(os.path.join(folder, "SHA256SUMS"), self.directory), sums)
                else:
                    shutil.rmtree(last(self.path("copy"), what))
                self.assertIn(line, self.refuse(study, 5, "copy", 2))

    def test_a_changed_study_is_another_run(self):
        """Whatever bids, contracts, rules or the ledger's keys change, the directory is not continued with it."""
        self.write("profile.csv", "mw\n0.1\n0.2\n")
        self.write("contracts.yaml", program.read(self.path("contracts.yaml")).decode() + PROFILE)
        study = self.make(hours=1, count=2)
        self.run_study(study)
        before = program.files(self.path("run"))
        changes = [("profile.csv", ("0.2", "0.3")), ("bids.csv", BIDS_CHANGED), ("contracts.yaml", CONTRACTS_CHANGED), ("grid/participants.csv", PARTICIPANTS_CHANGED)]
        for name, (old, new) in changes:
            honest = program.read(self.path(name)).decode()
            self.assertIn(old, honest)
            self.write(name, honest.replace(old, new))
            err = self.refuse(study, 2)
            self.assertRegex(err, r"study\.json:\d+: the directory holds another run")
            self.write(name, honest)
        for options in ({"carbon": "{price: 31}"}, {"local": None}, {"realised": None},
                        {"contracts": None}, {"ledger": "privacy: committed, witnesses: true, quorum: 2"}):
            err = self.refuse(self.make("changed.yaml", hours=1, count=2, **options), 2)
            self.assertRegex(err, r"study\.json:\d+: the directory holds another run", str(options))
        self.assertEqual(before, program.files(self.path("run")))
        self.assertEqual(archipelago("run", study, "-o", self.path("run")).code, 0)

    def test_a_full_or_closed_disk_says_so(self):
        """A directory that cannot be written, and a file system without room."""
        study = self.make(hours=1, count=1)
        if os.geteuid() != 0:
            os.makedirs(self.path("closed"))
            os.chmod(self.path("closed"), 0o500)
            self.refuse(study, 2, "closed/run")
        os.makedirs(self.path("small"))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", self.path("small")],
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no small file system can be made here")
        self.addCleanup(subprocess.run, ["umount", self.path("small")])
        err = self.refuse(study, 1, "small/run")
        self.assertIn("No space left on device", err)
        self.assertEqual([n for n in os.listdir(self.path("small", "run", "windows")) if not n.startswith(".")], [])
        subprocess.run(["mount", "-o", "remount,size=4m", self.path("small")], check=True)
        self.run_study(study, "small/run", 2)
        self.ledger("audit", self.path("small", "run"))


PROFILE = """- name: profile
  seller: main grid operator
  buyer: city utility
  from: 2030-06-21T15:00:00Z
  until: 2030-06-21T17:00:00Z
  quantity: {kind: profile, file: profile.csv, column: mw, bus: city gate}
  price: {kind: fixed, price: 90}
  delivery: {load: city centre}
"""
BIDS_CHANGED = ("200,52,", "200,53,")
CONTRACTS_CHANGED = ("strike: 55", "strike: 56")
PARTICIPANTS_CHANGED = (",household", ",industry")

if __name__ == "__main__":
    program.main()
