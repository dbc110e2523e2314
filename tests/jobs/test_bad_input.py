"""Bad input: one clear line per fault with its file, exit status 2, no hang on any rank, nothing written."""
import os
import shutil
import stat

import program
from program import ISLANDS, archipelago
from test_command_line import CASE
from test_stability import DYR, RAW


def replace(old, new):
    return lambda text: text.replace(old, new)


# What is wrong, how the good case becomes it, and a word that the fault's line must have.
CASES = [
    ("an empty file", lambda text: "", ""),
    ("not a case", lambda text: "hello\n", ""),
    ("a zero byte", lambda text: text[:300] + "\0" + text[300:], ""),
    ("cut in a table", lambda text: text[:text.index("mpc.gencost") - 40], ""),
    ("cut in a row", lambda text: text[:text.index("2 3 0.01") + 6], ""),
    ("NaN in a bus", replace("2 1 100 20", "2 1 NaN 20"), ""),
    ("infinite impedance", replace("1 2 0.01 0.1", "1 2 0.01 Inf"), ""),
    ("zero impedance", replace("2 3 0.01 0.1 ", "2 3 0 0 "), "impedance"),
    ("unknown bus of a branch", replace("1 3 0.01", "1 9 0.01"), "9"),
    ("unknown bus of a generator", replace(" 3 50 0 100", " 7 50 0 100"), "7"),
    ("limits that cross", replace("1 100 1 200 0;", "1 100 1 200 300;"), ""),
    ("voltage limits that cross", replace("1 0 230 1 1.1 0.9;\n 3", "1 0 230 1 0.8 0.9;\n 3"), ""),
    ("the same bus twice", replace(" 3 2 50 10", " 2 2 50 10"), "2"),
    ("a missing column", replace("1 3 0.01 0.1 0.02 150 150 150 0 0 1 -360 360", "1 3 0.01"), ""),
    ("a word in a table", replace("2 1 100 20", "2 1 many 20"), "many"),
    ("a statement that is not understood", lambda text: text + "mpc.bus(:, 3) = frobnicate(mpc.bus);\n", "frobnicate"),
    ("no bus table", lambda text: text.replace("mpc.bus =", "mpc.buss ="), ""),
    ("costs that are not convex", replace("2 0 0 3 0.01 10 0;\n 2 0 0 3 0.02 12 0;",
                                          "1 0 0 3 0 0 100 2000 200 2100;\n 2 0 0 3 0.02 12 0;"), ""),
    ("fewer costs than generators", replace(" 2 0 0 3 0.02 12 0;\n", ""), ""),
]

STUDIES = [
    ("an empty study", lambda text: "", ""),
    ("a wrong key", lambda text: text + "dispach: {model: ac}\n", "dispach"),
    ("a wrong value", replace("model: ac", "model: quantum"), "quantum"),
    ("a wrong type", replace("hours: 2", "hours: [2]"), "hours"),
    ("no hours", replace("hours: 2", "hours: 0"), "hours"),
    ("broken YAML", replace("dispatch: {", "dispatch: {{"), ""),
    ("no such network", replace(ISLANDS + ", format", ISLANDS + "-gone, format"), "gone"),
    ("a start without series", replace("2030-06-21", "2031-06-21"), "2031"),
    ("a thirtieth of February", replace("2030-06-21", "2030-02-30"), "2030-02-30"),
    ("no such participants", replace("participants.csv", "nobody.csv"), "nobody.csv"),
    ("no such region column", replace("regions: region", "regions: continent"), "continent"),
    ("a reference of prices at no bus", replace("dispatch: {", "dispatch: {reference_price: nowhere, "), "nowhere"),
    ("more regions than buses", replace("regions: region", "regions: 5000"), "5000"),
    ("an unknown asset", lambda text: text + "adjust:\n  - {component: generator, name: nemo, attribute: p_max_mw, value: 1}\n", "nemo"),
    ("an unknown attribute", lambda text: text + "adjust:\n  - {component: load, name: \"*\", attribute: colour, value: 1}\n", "colour"),
    ("a fault at no bus", lambda text: text + "stability: {faults: [{bus: 999, on: 0.1, off: 0.2}]}\n", "999"),
    ("a fault that ends before it begins", lambda text: text + "stability: {faults: [{bus: 6, on: 0.2, off: 0.1}]}\n", "off"),
    ("a trip of no branch", lambda text: text + "stability: {faults: [{bus: 6, on: 0.1, off: 0.2, trip: \"6-77\"}]}\n", "6-77"),
    ("no such key file", lambda text: text + "ledger: {key: nowhere.key}\n", "nowhere.key"),
]


class BadInput(program.Case):
    def assertRefused(self, result, path, word, written=(), checked=False):
        self.assertEqual(result.code, 2, result.err)
        self.assertTrue(result.out == "" or checked, result.out)
        lines = [line for line in result.err.splitlines() if "error: " in line or line.startswith("archipelago: ")]
        self.assertGreaterEqual(len(lines), 1, result.err)
        self.assertEqual(len(lines), len(set(lines)), result.err)
        self.assertTrue(any(word in line for line in lines), result.err)
        self.assertTrue(any(path in line for line in lines) or word, result.err)
        for trace in ("PETSC ERROR", "Signal", "internal error", "MPI_ABORT"):
            self.assertNotIn(trace, result.err)
        for name in written:
            self.assertFalse(os.path.exists(name), name)

    def test_cases(self):
        for number, (what, spoil, word) in enumerate(CASES):
            with self.subTest(what=what):
                self.assertNotEqual(spoil(CASE), CASE, what)
                path = self.write(f"case{number}.m", spoil(CASE))
                out = self.path("out.nc")
                self.assertRefused(archipelago("opf", path, "-o", out, ranks=2, timeout=30), path, word, [out])

    def test_case_faults_carry_their_line(self):
        path = self.write("case.m", CASE.replace("1 3 0.01", "1 9 0.01"))
        line = 1 + CASE[:CASE.index("1 3 0.01")].count("\n")
        self.assertIn(f"{path}:{line}: error:", archipelago("opf", path).err)

    def test_an_island_without_generation(self):
        text = CASE.replace(" 1 2 0.01 0.1 0.02 150 150 150 0 0 1 -360 360;\n", "") \
                   .replace(" 2 3 0.01 0.1 0.02 150 150 150 0 0 1 -360 360;\n", "")
        path = self.write("island.m", text)
        self.assertRefused(archipelago("opf", path, ranks=2, timeout=30), path, "island")

    def test_places_that_are_no_files(self):
        folder = self.path("folder")
        os.makedirs(folder)
        for path in (folder, self.path("absent.m"), self.path("absent.yaml")):
            for command in ("opf", "check", "partition", "stability", "screen", "eigen"):
                with self.subTest(command=command, path=path):
                    self.assertRefused(archipelago(command, path, ranks=2, timeout=30), path, "")
            self.assertRefused(archipelago("run", path, "-o", self.path("run"), ranks=2, timeout=30), path, "",
                               [self.path("run")])

    def test_studies(self):
        good = program.read(self.study()).decode()
        for number, (what, spoil, word) in enumerate(STUDIES):
            with self.subTest(what=what):
                self.assertNotEqual(spoil(good), good, what)
                path = self.write(f"study{number}.yaml", spoil(good))
                self.assertRefused(archipelago("run", path, "-o", self.path("run"), ranks=2, timeout=30), path, word,
                                   [self.path("run")])

    def test_an_unknown_policy(self):
        path = self.study()
        result = archipelago("run", path, "--policy", "utopia", "-o", self.path("run"), ranks=2, timeout=30)
        self.assertRefused(result, path, "utopia", [self.path("run")])

    def test_networks_in_folders(self):
        spoiled = [("lines.csv", "wind farm,harbour", "wind farm,nope", "nope"), ("generators.csv", "wind farm,PV,1.0", "wind farm,PV,NaN", ""), ("loads-p_set.csv", "village", "vilage", "vilage"),
                   ("generators.csv", None, "", "")]
        for name, old, new, word in spoiled:
            with self.subTest(name=name, new=new):
                shutil.rmtree(self.path("run"), ignore_errors=True)
                shutil.rmtree(self.path("network-" + name), ignore_errors=True)
                folder = self.path("network-" + name)
                shutil.copytree(ISLANDS, folder)
                target = os.path.join(folder, name)
                text = program.read(target).decode()
                self.assertTrue(old is None or old in text)
                with open(target, "w") as stream:
                    stream.write(text.replace(old, new, 1) if old else "")
                self.study(f"{name}.yaml")
                good = program.read(self.path(f"{name}.yaml")).decode()
                study = self.write(f"{name}.yaml", good.replace(f"path: {ISLANDS}", f"path: {folder}"))
                result = archipelago("run", study, "-o", self.path("run"), ranks=2, timeout=30)
                self.assertRefused(result, target, word, [self.path("run")])

    def test_all_faults_are_told_not_only_the_first(self):
        path = self.write("case.m", CASE.replace("1 3 0.01", "1 9 0.01").replace(" 3 50 0 100", " 7 50 0 100"))
        errors = [line for line in archipelago("check", path).err.splitlines() if "error: " in line]
        self.assertGreaterEqual(len(errors), 2)

    def test_the_document_carries_the_faults(self):
        path = self.write("case.m", CASE.replace("1 3 0.01", "1 9 0.01"))
        document = archipelago("opf", path, "--json", ranks=2).json
        self.assertEqual(document["status"], "bad-input")
        self.assertTrue([f for f in document["faults"] if f["severity"] == "error" and f["file"] == path and f["line"]])

    def test_one_fault_is_one_line(self):
        cases = [CASE.replace("1 2 0.01 0.1", "1 2 0 Inf"), CASE.replace("mpc.baseMVA = 100", "mpc.baseMVA = NaN")]
        good = program.read(self.study()).decode()
        studies = [good.replace("hours: 2", "hours: 0"), good.replace("2030-06-21", "2030-02-30")]
        places = [self.write(f"case{n}.m", text) for n, text in enumerate(cases)]
        places += [self.write(f"study{n}.yaml", text) for n, text in enumerate(studies)]
        for place, text in zip(places, cases + studies):
            with self.subTest(place=place):
                self.assertNotIn(text, (CASE, good))
                lines = archipelago("check", place).err.splitlines()
                self.assertEqual(len([line for line in lines if "error: " in line]), 1, lines)

    def test_fault_times_outside_the_simulation(self):
        path = self.write("case.m", CASE)
        for fault, until, word in (("bus=2", "5", "off=T"), ("bus=2,on=0,off=1", "0.5", "off = 1 s"),
                                   ("bus=2,on=9,off=9.1", "5", "off = 9.1 s"), ("bus=2,on=0,off=0.1", "0", "--until"),
                                   ("bus=2,on=0,off=0.1", "-5", "--until")):
            with self.subTest(fault=fault, until=until):
                result = archipelago("stability", path, "--fault", fault, "--until", until, ranks=2, timeout=30)
                self.assertRefused(result, "", word)

    def assertDynamicsRefused(self, raw, dyr, at, word):
        for command, ranks in ("stability", 1), ("screen", 2), ("eigen", 1):
            with self.subTest(command=command, at=at, word=word):
                out = [] if command == "eigen" else ["-o", self.path("out")]
                result = archipelago(command, raw, "--dynamics", dyr, *out, ranks=ranks, timeout=60)
                self.assertRefused(result, at, word, [self.path("out")])
                self.assertIn(at, result.err)

    def test_dynamics_that_are_no_files(self):
        raw = self.write("case.raw", RAW)
        folder = self.path("folder.dyr")
        os.makedirs(folder)
        for place in (folder, self.path("absent.dyr"), self.write("case.txt", DYR)):
            self.assertDynamicsRefused(raw, place, place, place)

    def test_truncated_raw_and_dyr(self):
        raw, dyr = self.write("case.raw", RAW), self.write("case.dyr", DYR)
        end = "end of the file"
        for number, (cut, word) in enumerate(((RAW.index("102,'WEST'"), end), (RAW.index("0.02,0,0,0") - 4, ""), (0, ""))):
            place = self.write(f"cut{number}.raw", RAW[:cut])
            self.assertDynamicsRefused(place, dyr, place, word)
        for number, (cut, line) in enumerate(((DYR.index("0.1 0.4 /"), 1), (DYR.index("0.05 -4.0"), 2), (8, 1))):
            place = self.write(f"cut{number}.dyr", DYR[:cut])
            self.assertDynamicsRefused(raw, place, f"{place}:{line}: error:", end)

    def test_outputs_that_are_no_files(self):
        path = self.write("case.m", CASE)
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        for output in (pipe, self.directory, self.path("case.m", "x.nc"), self.path("absent", "x.nc"), ""):
            with self.subTest(output=output):
                self.assertRefused(archipelago("opf", path, "-o", output, ranks=2, timeout=30), output, "")
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode))

    def test_a_place_that_cannot_be_a_run_directory_makes_no_key(self):
        full = os.path.dirname(self.write("full/file", "mine"))
        for place in (full, os.path.join(full, "file"), os.path.join(full, "file", "run")):
            with self.subTest(place=place):
                self.assertRefused(archipelago("run", self.study(), "-o", place, ranks=2, timeout=30), place, "")
                self.assertFalse(os.path.exists(self.path("config")))
        self.assertEqual(program.files(full), {"file": b"mine"})

    def test_bytes_that_are_no_text_leave_the_document_whole(self):
        path = self.write("case.m", CASE.encode() + b"caf\xe9\n")
        document = archipelago("opf", path, "--json", text=False).json
        self.assertIn("caf?", " ".join(f["text"] for f in document["faults"]))

    def test_check_reads_what_run_reads(self):
        folder = self.path("islands")
        shutil.copytree(ISLANDS, folder)
        path, devices, lines = (os.path.join(folder, n) for n in ("study.yaml", "dynamics.csv", "lines.csv"))
        self.assertIn(b",0.22,", program.read(lines))
        self.write(lines, program.read(lines).replace(b",0.22,", b",-0.22,", 1))
        result = archipelago("check", path, ranks=2)
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("warning: found 1 branches with negative reactance", result.err)
        self.write(devices, program.read(devices).replace(b"GENCLS", b"GENXYZ", 1))
        for command in (["check", path], ["run", path, "-o", self.path("run")]):
            self.assertRefused(archipelago(*command, ranks=2, timeout=30), devices + ":2", "GENXYZ", [self.path("run")],
                               checked=command[0] == "check")

    def test_a_negative_resistance_is_a_warning(self):
        path = self.write("case.m", CASE.replace("2 3 0.01 0.1 ", "2 3 -0.001 0.1 "))
        result = archipelago("opf", path)
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("warning", result.err)


if __name__ == "__main__":
    program.main()
