"""docs/study-file.md and the program tell the same keys, with the same types, choices and ranges; its examples are valid."""
import os
import re
import unittest

from program import SOURCE, Case, archipelago, main

PAGE = os.path.join(SOURCE, "docs", "study-file.md")
# Where the tables by which the program reads stand in the file.
PLACES = {"study file": "", "network": "network.", "windows": "windows.", "dispatch": "dispatch.", "soft": "dispatch.soft.",
          "adjust": "adjust.", "stability": "stability.", "limits": "stability.limits.", "faults": "stability.faults.",
          "events": "stability.events.", "market": "market.", "realised": "market.realised.", "local": "market.local.",
          "certificates": "market.certificates.", "carbon": "market.carbon.", "ledger": "ledger.", "planning": "planning.",
          "reserve_margin": "planning.reserve_margin.", "operating_reserve": "planning.operating_reserve.",
          "targets": "planning.targets.", "bans": "planning.bans.", "subsidies": "planning.subsidies.",
          "demand_growth": "planning.demand_growth.", "electrification": "planning.electrification.",
          "reliability": "planning.reliability.", "check": "planning.check.", "sweep": "sweep."}
TYPES = {"text": "text", "path": "path", "integer": "integer", "real": "number", "boolean": "boolean", "choice": "choice",
         "time": "time"}
COMPONENTS = {"bus", "branch", "generator", "load", "shunt", "link", "storage", "reserve"}


def page():
    with open(PAGE, encoding="utf-8") as stream:
        return stream.read()


def tables():
    """The page's tables, each a list of rows of cells, the head first."""
    found, rows = [], []
    for line in page().splitlines() + [""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])])
        elif rows:
            found.append([rows[0]] + rows[2:])
            rows = []
    return found


def documented():
    """Type, unit, value and default of each key."""
    keys = {}
    for head, *rows in tables():
        if head[0] != "key":
            continue
        assert [head[1], head[2], head[4]] == ["type", "unit", "default"], head
        for row in rows:
            names = re.findall(r"`([a-z_.]+)`", row[0])
            parent = names[0].rpartition(".")[0]
            for name in [names[0]] + [f"{parent}.{name}" for name in names[1:]]:
                assert name not in keys, f"{name} is there twice"
                keys[name] = row[1:]
    return keys


def examples():
    return re.findall(r"(?ms)^```yaml\n(.*?)^```", page())


def numbers(text):
    return {float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))}


class Reference(Case):
    def accepted(self):
        """What the program says of each key; the last example has every section."""
        path = self.write("everything.yaml", examples()[-1])
        listed = archipelago("check", path, "--keys", "--json")
        self.assertEqual(listed.code, 0, listed.err)
        keys = {}
        for section, fields in listed.json["keys"].items():
            self.assertIn(section, PLACES, "a section that the page's test does not know")
            for field in fields:
                keys[PLACES[section] + field["key"]] = field
        self.assertEqual(set(listed.json["keys"]), set(PLACES), "the last example lacks a section")
        return keys

    def test_what_is_documented_is_accepted_and_the_other_way_round(self):
        keys, told = self.accepted(), documented()
        self.assertEqual(sorted(set(keys) - set(told)), [], "not documented")
        self.assertEqual(sorted(set(told) - set(keys)), [], "not accepted")
        self.assertGreater(len(keys), 130)

    def test_types_choices_and_ranges_are_those_of_the_program(self):
        keys, told = self.accepted(), documented()
        for name, field in keys.items():
            kind, unit, value, default = told[name]
            with self.subTest(name):
                self.assertTrue(kind and value and default)
                if field["kind"] in TYPES:
                    self.assertEqual(TYPES[field["kind"]], kind if kind in TYPES.values() else kind.split(" or ")[0])
                else:
                    self.assertIn(kind.split(" or ")[0], {"list", "mapping", "by year", "path", "number", "boolean", "text",
                                                          "choice"})
                if field["kind"] == "choice":
                    for word in field["choices"]:
                        self.assertIn(f"`{word}`", value)
                    if re.fullmatch(r"`[a-z-]+`", default):
                        self.assertIn(default.strip("`"), field["choices"])
                if field["kind"] in ("integer", "real"):
                    self.assertTrue(unit, "no unit")
                    self.assertLessEqual({field["least"], field["most"]}, numbers(value))
                if field["kind"] == "boolean":
                    self.assertRegex(default, r"^`(true|false)`")

    def test_a_number_beyond_the_range_told_is_refused(self):
        told = {name: cells for name, cells in documented().items() if cells[0] in ("number", "integer")}
        tried = 0
        for name, cells in sorted(told.items()):
            parts = name.split(".")
            if parts[0] not in ("windows", "dispatch", "ledger", "sweep") and name not in (
                    "stability.until", "stability.tolerance", "planning.discount_rate", "planning.reliability.years"):
                continue
            value = {"windows": "8785", "ledger": "10001"}.get(parts[0], "1e300")
            text = "study: s\nnetwork: grid\n" + "".join("  " * k + part + ":" + ("\n" if k + 1 < len(parts) else " " + value + "\n")
                                                        for k, part in enumerate(parts))
            refused = archipelago("check", self.write("beyond.yaml", text), "--keys")
            with self.subTest(name):
                self.assertEqual(refused.code, 2)
                self.assertIn(f"beyond.yaml:{2 + len(parts)}: error: {parts[-1]}: found '{value}'", refused.err)
            tried += 1
        self.assertGreater(tried, 12)

    def test_the_examples_are_valid(self):
        self.assertGreater(len(examples()), 4)
        for number, text in enumerate(examples()):
            read = archipelago("check", self.write(f"example{number}.yaml", text), "--keys")
            self.assertEqual((read.code, read.err), (0, ""), text)

    def test_the_attributes_of_adjustments_are_accepted_and_others_refused(self):
        table = next(rows for head, *rows in tables() if head[0] == "component")
        self.assertEqual({row[0] for row in table}, COMPONENTS)
        everything = {name for row in table for name in re.findall(r"`([a-z0-9_]+)`", re.sub(r"\(.*?\)", "", row[1]))}
        entries, wrong = [], []
        for component, cell in table:
            mine = set(re.findall(r"`([a-z0-9_]+)`", re.sub(r"\(.*?\)", "", cell)))
            self.assertTrue(mine)
            for name in sorted(everything):
                value = "true" if name == "in_service" else "0.5"
                if name in ("shift_hours",):
                    value = "2"
                line = f"  - {{component: {component}, name: one, attribute: {name}, value: {value}}}"
                (entries if name in mine else wrong).append((component, name, line))
        good = "study: s\nnetwork: grid\nadjust:\n" + "\n".join(line for _, _, line in entries) + "\n"
        read = archipelago("check", self.write("good.yaml", good), "--keys")
        self.assertEqual((read.code, read.err), (0, ""))
        bad = "study: s\nnetwork: grid\nadjust:\n" + "\n".join(line for _, _, line in wrong) + "\n"
        read = archipelago("check", self.write("bad.yaml", bad), "--keys")
        self.assertEqual(read.code, 2)
        for k, (component, name, _) in enumerate(wrong):
            self.assertRegex(read.err, rf"bad\.yaml:{k + 4}: error: ", f"{component} {name} is accepted but not documented")


if __name__ == "__main__":
    main()
