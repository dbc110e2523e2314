"""The planning demo and what README.md and docs/planning.md tell users to type: every command shown there is run, on smaller
data, and every message and number that is promised comes out."""
import csv
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import unittest

import planning
import program
from program import SOURCE, archipelago

CASE = os.path.join("inputs", "cases", "islands-2050")
POLICIES = ("none", "carbon-price-100", "zero-carbon-2050", "storage-subsidy", "peer-to-peer")
TUTORIAL = "From your own PyPSA network to a comparison"


def section(document, heading):
    """The text below a heading of a document, up to the next one of its rank."""
    with open(os.path.join(SOURCE, document), encoding="utf-8") as stream:
        text = stream.read()
    return re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)


def blocks(text, kind=""):
    """Fenced blocks of one kind, their indentation taken off."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.M | re.S)
    return ["".join(line[len(indent):] or "\n" for line in body.splitlines(True)) for indent, name, body in found
            if name == kind]


def commands(text):
    """(words, ranks) of every command of the program in a text's blocks."""
    found = []
    for line in "".join(blocks(text)).splitlines():
        match = re.match(r"(?:\$ )?(?:mpirun -n (\d+) )?archipelago (.*)", line)
        if match:
            found.append((shlex.split(match[2], comments=True), int(match[1] or 1)))
    return found


def one_spaced(text):
    return " ".join(text.split())


def run_script(tree, *arguments, timeout=600, build=True):
    """scripts/plan.sh of a tree, with the program that is tested."""
    build_dir = os.path.dirname(os.path.dirname(os.path.abspath(program.ARCHIPELAGO)))
    return subprocess.run(["sh", os.path.join(tree, "scripts", "plan.sh"), *arguments], capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, "ARCHIPELAGO_BUILD_DIR": build_dir})


def plans_and_tables(runs):
    """All but when the tables and the page were made, which stands beside each of them."""
    return {name: data for name, data in program.files(runs).items() if not name.endswith(".provenance.json")}


class Case(program.Case):
    def follow(self, command, code=0):
        """Runs a command as it is written, in the scratch directory."""
        arguments, ranks = command
        result = archipelago(*arguments, ranks=ranks, cwd=self.directory)
        self.assertEqual(result.code, code, f"archipelago {shlex.join(arguments)}\n{result.err}{result.out}")
        return result


class Script(Case):
    def test_it_is_a_script_that_tells_how_it_is_used(self):
        script = os.path.join(SOURCE, "scripts", "plan.sh")
        self.assertEqual(subprocess.run(["sh", "-n", script]).returncode, 0)
        helped = run_script(SOURCE, "--help")
        self.assertEqual((helped.returncode, helped.stdout.split()[:2]), (0, ["usage:", "plan.sh"]))
        for arguments in (("--fast",), (self.path("a"), self.path("b"))):
            refused = run_script(SOURCE, *arguments)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""))
            self.assertIn("usage: plan.sh", refused.stderr)
        self.assertFalse(os.path.exists(self.path("a")))

    def test_what_fails_ends_it_with_the_reason_and_the_status(self):
        tree = one_day(self.path("tree"))
        with open(os.path.join(tree, CASE, "study.yaml"), "a") as stream:
            stream.write("planing: {}\n")
        failed = run_script(tree, self.path("out"))
        self.assertEqual(failed.returncode, 2)
        self.assertIn("unknown key 'planing'", failed.stderr)
        self.assertFalse(os.path.exists(self.path("out", "report.html")))


def one_day(tree):
    """A tree with the scripts and the case, of which a day of each period is left, without the AC check."""
    shutil.copytree(os.path.join(SOURCE, "scripts"), os.path.join(tree, "scripts"))
    shutil.copytree(os.path.join(SOURCE, CASE), os.path.join(tree, CASE))
    folder = os.path.join(tree, CASE)

    def edit(name, change):
        with open(os.path.join(folder, name), newline="") as stream:
            rows = list(csv.reader(stream))
        with open(os.path.join(folder, name), "w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(change(rows[0], rows[1:]))

    with open(os.path.join(folder, "snapshots.csv"), newline="") as stream:
        snapshots = list(csv.DictReader(stream))
    first = {}
    for k, snapshot in enumerate(snapshots):
        first.setdefault(snapshot["period"], k)
    kept = [k for k, snapshot in enumerate(snapshots) if k < first[snapshot["period"]] + 24]

    def numbered(header, rows):
        return [header] + [[number] + rows[k][1:] for number, k in enumerate(kept)]

    def year(header, rows):
        weights = [header.index("objective"), header.index("generators")]
        return [header] + [["365" if k in weights else cell for k, cell in enumerate(row)]
                           for row in numbered(header, rows)[1:]]

    edit("snapshots.csv", year)
    for name in os.listdir(folder):
        if re.fullmatch(r"[a-z_]+-[a-z_0-9]+\.csv", name):
            edit(name, numbered)
    os.remove(os.path.join(folder, "representative_days.csv"))
    with open(os.path.join(folder, "study.yaml")) as stream:
        text = stream.read()
    text = re.sub(r"years: \d+", "years: 5", re.sub(r"^  check:.*\n", "", text, flags=re.M))
    with open(os.path.join(folder, "study.yaml"), "w") as stream:
        stream.write(text)
    return tree


class Demo(Case):
    def test_the_script_plans_compares_and_reports_and_the_readme_s_commands_follow_it(self):
        tree = one_day(self.directory)
        done = run_script(tree)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        runs = self.path("runs", "islands-2050")
        for policy in POLICIES:
            self.assertRegex(done.stdout, rf"plan {policy} +[0-9.]+ s\n")
            with open(os.path.join(runs, policy, "plan.json")) as stream:
                self.assertEqual(json.load(stream)["status"], "optimal")
            with open(os.path.join(runs, policy, "provenance.json")) as stream:
                self.assertEqual(json.load(stream)["ranks"], 2)
        for text in ("System Cost", "Cost Per Tonne Avoided", "settlement only", "What to look at", "report.html"):
            self.assertIn(text, done.stdout)
        with open(os.path.join(runs, "compare.csv"), newline="") as stream:
            header = next(csv.reader(stream))
        self.assertEqual([name for name in header if name in POLICIES], list(POLICIES))
        self.assertGreater(os.path.getsize(os.path.join(runs, "report.html")), 100000)

        before = plans_and_tables(runs)
        again = run_script(tree)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(plans_and_tables(runs), before)

        shown = commands(section("README.md", "Planning to 2050"))
        self.assertGreaterEqual(len(shown), 4)
        self.assertLessEqual({"plan", "compare", "report", "show"}, {arguments[0] for arguments, _ in shown})
        mygrid(self.path("mygrid"))
        for command in shown:
            with self.subTest(command=shlex.join(command[0])):
                self.follow(command)
        looked = re.findall(r"^  \S*archipelago (.*)$", done.stdout, re.M)
        self.assertGreaterEqual(len(looked), 2)
        for line in looked:
            if "FOLDER" not in line:
                self.follow((shlex.split(line), 1))


DAY = {"town": [round(65 - 20 * math.cos(2 * math.pi * (hour - 5) / 24), 1) for hour in range(24)],
       "mill": [round(0.5 + 0.35 * math.cos(2 * math.pi * hour / 24), 2) for hour in range(24)]}


def mygrid(folder):
    """What the tutorial's lines of Python write."""
    shutil.copytree(os.path.join(SOURCE, "docs", "examples", "mygrid"), folder)


def replaced(name, old, new):
    """A change of the first place in a file of the tutorial's folder, or of its study."""
    def change(directory):
        path = os.path.join(directory, name)
        with open(path) as stream:
            text = stream.read()
        assert old in text, (name, old)
        with open(path, "w") as stream:
            stream.write(text.replace(old, new, 1))
    return change


def none_to_turn_to(directory):
    """No capacity but what is there: 50 MW of gas."""
    replaced("mygrid/generators.csv", "0.0,True,200.0", "0.0,False,200.0")(directory)
    replaced("mygrid/generators.csv", "50.0,True", "50.0,False")(directory)
    os.remove(os.path.join(directory, "mygrid", "storage_units.csv"))


class Tutorial(Case):
    # what is done to the tutorial's files, and the command that then says the message of the table with these words
    MISHAPS = [
        ('found the bus "sout"', replaced("mygrid/generators.csv", "turbine,south", "turbine,sout"), "plan mygrid"),
        ('found a column "mil"', replaced("mygrid/generators-p_max_pu.csv", "mill", "mil"), "plan mygrid"),
        ("found 23 rows", replaced("mygrid/loads-p_set.csv", f"23,{DAY['town'][23]}\n", ""), "plan mygrid"),
        ('found "nan"', replaced("mygrid/loads-p_set.csv", f"1,{DAY['town'][1]}\n", "1,nan\n"), "plan mygrid"),
        ("committable", lambda d: (replaced("mygrid/generators.csv", "efficiency", "efficiency,committable")(d),
                                   replaced("mygrid/generators.csv", "85000.0,1.0", "85000.0,1.0,True")(d),
                                   replaced("mygrid/generators.csv", ",0.5", ",0.5,False")(d)), "plan mygrid"),
        ("carbon_prise", replaced("mygrid.yaml", "carbon_price: 100", "carbon_prise: 100"), "plan mygrid.yaml"),
        ("no policy 'nune'", lambda d: None, "plan mygrid.yaml --policy nune"),
        ("holds another run", lambda d: None, "plan mygrid.yaml --policy carbon-price -o plans/none"),
        ("not solved", lambda d: None, "compare plans/none mygrid"),
        ('"carbon_cap" cannot hold', replaced("mygrid.yaml", "carbon_price: 100", "carbon_cap: 0"),
         "plan mygrid.yaml --policy carbon-price"),
        ("balance of region south cannot hold", none_to_turn_to, "plan mygrid"),
    ]

    def setUp(self):
        super().setUp()
        self.text = section("docs/planning.md", TUTORIAL)
        mygrid(self.path("mygrid"))
        study, = blocks(self.text, "yaml")
        self.write("mygrid.yaml", study)

    def test_its_commands_give_what_it_shows(self):
        done = {shlex.join(command[0]): self.follow(command).out for command in commands(self.text)}
        self.assertGreaterEqual(len(done), 8)
        plan = done["plan mygrid -o plans/mine"]
        for number in ("20 462 506.02", "22 462 506.02"):
            self.assertIn(number, plan)
            self.assertIn(number, self.text)
        compared, = (out for command, out in done.items() if "--csv" in command)
        shown, = (block for block in blocks(self.text) if "System Cost" in block)
        for line in shown.splitlines():
            if line.strip() != "...":
                self.assertIn(one_spaced(line), one_spaced(compared))
        with open(self.path("comparison.csv"), newline="") as stream:
            self.assertGreater(len(list(csv.reader(stream))), 100)
        with open(self.path("report.html"), encoding="utf-8") as stream:
            self.assertIn("mygrid", stream.read())

    def test_each_mishap_is_told_as_its_table_says(self):
        told = re.findall(r"^\| [^|]* \| `(.*)` \| (\d+) \|$", self.text, re.M)
        self.assertEqual(len(told), len(self.MISHAPS))
        none = self.path("plans", "none")
        self.follow((["plan", "mygrid.yaml", "--policy", "none", "-o", none], 1))
        for (words, spoil, line), (message, status) in zip(self.MISHAPS, told):
            with self.subTest(mishap=words):
                self.assertIn(words, message)
                sound = self.directory
                self.directory = os.path.join(sound, "spoilt")
                shutil.rmtree(self.directory, ignore_errors=True)
                shutil.copytree(sound, self.directory, ignore=shutil.ignore_patterns("spoilt", "config"))
                spoil(self.directory)
                result = self.follow((shlex.split(line), 1), code=int(status))
                self.directory = sound
                self.assertIn(message, result.err.replace(sound + "/spoilt/", ""))
                self.assertNotIn("System Cost", result.out)

    def test_pypsa_writes_the_folder_that_is_planned_here(self):
        try:
            import pypsa
        except ImportError:
            self.skipTest("PyPSA is not there")
        script, = blocks(self.text, "python")
        os.rename(self.path("mygrid"), self.path("written here"))
        os.chdir(self.directory)
        exec(script, {})  # pylint: disable=exec-used
        self.assertTrue(pypsa.__version__)
        written = self.follow((["plan", "mygrid", "--json"], 1)).json
        self.assertEqual(written["objective"], self.follow((["plan", "written here", "--json"], 1)).json["objective"])


class Shipped(Case):
    def test_the_case_itself_is_sound_under_all_its_policies(self):
        study = os.path.join(SOURCE, CASE, "study.yaml")
        checked = archipelago("check", study)
        self.assertEqual(checked.code, 0, checked.err)
        for policy in POLICIES:
            self.assertIn(policy, checked.out)

    def test_a_policy_of_it_is_planned(self):
        study, out = os.path.join(SOURCE, CASE, "study.yaml"), self.path("none")
        planned = archipelago("plan", study, "--policy", "none", "--no-check", "-o", out, ranks=2, timeout=600)
        self.assertEqual(planned.code, 0, planned.err)
        self.assertIn("islands-2050, policy none", planned.out)
        with open(os.path.join(out, "plan.json")) as stream:
            plan = json.load(stream)
        self.assertEqual(plan["status"], "optimal")
        self.assertEqual([period["year"] for period in plan["periods"]], [2030, 2040, 2050])
        self.assertAlmostEqual(plan["total_cost"], plan["objective"] + plan["objective_constant"], delta=1)
        self.assertLess(plan["gap"], 1e-7)
        generators = planning.read_table(out, "generators")
        self.assertTrue(any(float(row["p_nom_opt"]) > 1 for row in generators.values() if row["carrier"].startswith("wind")))


if __name__ == "__main__":
    program.main()
