"""The command line: help, wrong usage, JSON documents with the promised keys, exit statuses alike on all ranks."""
import json
import os

import program
from program import archipelago

COMMANDS = "run", "show", "opf", "stability", "screen", "eigen", "partition", "check"

CASE = """function mpc = triangle
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
 1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
 2 1 100 20 0 0 1 1 0 230 1 1.1 0.9;
 3 2 50 10 0 0 2 1 0 230 1 1.1 0.9;
];
mpc.gen = [
 1 100 0 100 -100 1 100 1 200 0;
 3 50 0 100 -100 1 100 1 100 0;
];
mpc.branch = [
 1 2 0.01 0.1 0.02 150 150 150 0 0 1 -360 360;
 2 3 0.01 0.1 0.02 150 150 150 0 0 1 -360 360;
 1 3 0.01 0.1 0.02 150 150 150 0 0 1 -360 360;
];
mpc.gencost = [
 2 0 0 3 0.01 10 0;
 2 0 0 3 0.02 12 0;
];
"""


class CommandLine(program.Case):
    def setUp(self):
        super().setUp()
        self.case = self.write("triangle.m", CASE)

    def test_help_and_version(self):
        top = archipelago("--help")
        self.assertEqual((top.code, top.err), (0, ""))
        self.assertRegex(archipelago("--version").out, r"^archipelago \d+\.\d+\.\d+\n$")
        for name in COMMANDS + ("ledger",):
            self.assertIn(name, top.out)
        for name in COMMANDS:
            result = archipelago(name, "--help")
            self.assertEqual((result.code, result.err), (0, ""))
            self.assertIn("Example:", result.out)
            self.assertIn(f"archipelago {name}", result.out)

    def test_wrong_usage_is_one_line_and_status_2(self):
        wrong = [["nothing"], ["opf"], ["opf", "--bogus", self.case], ["opf", self.case, "--model", "xx"],
                 ["opf", self.case, "--tolerance", "nan"], ["opf", self.case, "--max-iterations", "1.5"],
                 ["opf", self.case, "--regions"], ["opf", self.case, "extra"], ["run", self.case],
                 ["partition", self.case, "--regions", "-1"], ["stability", self.case, "--cct"],
                 ["opf", self.case, "-o", "/proc/nowhere/x.nc"], ["show", self.path("none")], ["ledger", "nothing"],
                 ["opf", self.case, "--model", "ac", "--dc", "matpower"], ["opf", self.case, "--regions", ""],
                 ["screen"], ["screen", self.case, "--bogus"], ["screen", self.case, "--faults", "all"],
                 ["screen", self.case, "--clearing"], ["screen", self.case, "--tolerance", "0"],
                 ["screen", self.case, "--load-model", "x"], ["screen", self.case, "--angle-limit", "nan"],
                 ["screen", self.case, "--voltage-recovery", "0.8"], ["screen", self.case, "-o", "/proc/nowhere/x"],
                 ["eigen"], ["eigen", self.case, "extra"], ["eigen", self.case, "--bogus"], ["eigen", self.case, "-n", "0"],
                 ["eigen", self.case, "--from", "x"], ["eigen", self.case, "--load-model", ""]]
        for arguments in wrong:
            with self.subTest(arguments=arguments[:3]):
                result = archipelago(*arguments, ranks=2, timeout=30)
                self.assertEqual(result.code, 2, result.err)
                own = [line for line in result.err.splitlines() if line.startswith(("archipelago", "error", "/"))]
                self.assertEqual(len(own), 1, result.err)
                self.assertEqual(result.out, "")

    def test_opf_document(self):
        result = archipelago("opf", self.case, "--json")
        self.assertEqual(result.code, 0, result.err)
        d = result.json
        for key in ("status", "objective", "iterations", "regions", "ranks", "buses", "max_violation_pu",
                    "max_mismatch_pu", "solve_seconds", "total_seconds"):
            self.assertIn(key, d)
        self.assertEqual((d["status"], d["buses"], d["regions"], d["ranks"]), ("optimal", 3, 1, 1))
        self.assertLess(d["max_violation_pu"], 1e-6)
        self.assertLess(d["max_mismatch_pu"], 1e-6)
        # Lossless optimum by hand: 10 + 0.02 p1 = 12 + 0.04 p2 with p1 + p2 = 150 gives p1 = 400/3, p2 = 50/3.
        dc = archipelago("opf", self.case, "--model", "dc", "--json").json
        p1, p2 = 400 / 3, 50 / 3
        self.assertAlmostEqual(dc["objective"], 0.01 * p1**2 + 10 * p1 + 0.02 * p2**2 + 12 * p2, places=4)
        self.assertGreater(d["objective"], dc["objective"])

    def test_dc_alone_asks_for_the_dc_model(self):
        d = archipelago("opf", self.case, "--dc", "matpower", "--json").json
        self.assertEqual((d["status"], d["model"], d["dc"]), ("optimal", "dc", "matpower"))

    def test_a_verbose_run_still_prints_one_document(self):
        """Lines of the iteration go to stderr; one region is solved by the interior point, and the document says so."""
        result = archipelago("opf", self.case, "--method", "admm", "--json", "--verbose")
        self.assertEqual(result.code, 0, result.err)
        self.assertEqual(result.json["method"], "interior-point")
        self.assertIn("objective", result.err)

    def test_admm_between_regions_agrees(self):
        whole = archipelago("opf", self.case, "--json").json
        split = archipelago("opf", self.case, "--method", "admm", "--regions", "area", "--json", ranks=2).json
        self.assertEqual((split["status"], split["regions"], split["ranks"]), ("optimal", 2, 2))
        self.assertAlmostEqual(split["objective"] / whole["objective"], 1, delta=1e-4)

    def test_infeasible_opf_is_status_3_on_all_ranks_and_stores_nothing(self):
        case = self.write("short.m", CASE.replace("2 1 100 20", "2 1 400 20"))
        result = archipelago("opf", case, "--model", "dc", "--json", "-o", self.path("x.nc"), ranks=2)
        self.assertEqual(result.code, 3, result.err)
        self.assertEqual(result.json["status"], "infeasible")
        self.assertAlmostEqual(result.json["shortage_mw"], 150, delta=0.01)
        self.assertTrue(result.json["binding_limits"])
        self.assertFalse(os.path.exists(self.path("x.nc")))
        text = archipelago("opf", case, "--model", "dc")
        self.assertIn("150 MW short", text.out)

    def test_method_auto_says_what_finished(self):
        """After few rounds, or with penalties far from the right ones, the interior point has to go on."""
        for extra in ["--max-iterations", "20"], ["--admm-penalty", "1000"]:
            d = archipelago("opf", self.case, "--method", "auto", "--regions", "area", "--json", *extra).json
            self.assertEqual((d["status"], d["method"], d["finished_by"]), ("optimal", "auto", "interior-point"))
            self.assertGreaterEqual(d["admm_iterations"], 20)
        for penalty in "0", "1001":
            result = archipelago("opf", self.case, "--admm-penalty", penalty)
            self.assertEqual(result.code, 2, result.err)

    def test_an_iteration_limit_is_status_3(self):
        result = archipelago("opf", self.case, "--max-iterations", "2", "--json", "-o", self.path("x.nc"))
        self.assertEqual((result.code, result.json["status"]), (3, "iteration-limit"))
        self.assertFalse(os.path.exists(self.path("x.nc")))

    def test_opf_stores_its_solution(self):
        self.assertEqual(archipelago("opf", self.case, "-o", self.path("x.nc")).code, 0)
        self.assertEqual(archipelago("opf", self.case, "-o", self.path("y.nc"), ranks=2).code, 0)
        self.assertEqual(program.read(self.path("x.nc")), program.read(self.path("y.nc")))

    def test_partition_document(self):
        d = archipelago("partition", self.case, "--regions", "area", "--ranks", "2", "--json").json
        self.assertEqual((d["n_regions"], d["n_ties"], d["border_buses"], d["ranks"]), (2, 2, 3, 2))
        self.assertEqual(sorted(r["buses"] for r in d["regions"]), [1, 2])
        self.assertEqual({r["rank"] for r in d["regions"]}, {0, 1})

    def test_stability_document(self):
        result = archipelago("stability", self.case, "--fault", "bus=2,on=0,off=0.1,trip=2-3", "--until", "1", "--cct",
                             "--json", "-o", self.path("t.nc"), ranks=2)
        self.assertEqual(result.code, 0, result.err)
        for key in "verdict", "max_angle_spread_deg", "cct_seconds", "steps", "solve_seconds":
            self.assertIn(key, result.json)
        self.assertIn(result.json["verdict"], ("stable", "unstable"))
        self.assertTrue(os.path.exists(self.path("t.nc")))

    def test_wscc9_critical_clearing_time(self):
        case = program.shared_data("matpower", "case9.m")
        machines = program.shared_data("dynamics", "textbook", "wscc9-classical.csv")
        if not case or not machines:
            self.skipTest("the shared data are not there")
        for fault, published in (("bus=8,on=0,off=0.1,trip=8-9", 0.161), ("bus=6,on=0,off=0.1,trip=6-7", 0.234)):
            d = archipelago("stability", case, "--dynamics", machines, "--fault", fault, "--until", "5", "--cct",
                            "--json").json
            self.assertAlmostEqual(d["cct_seconds"], published, delta=0.002)

    def test_idle_ranks_are_warned_about(self):
        result = archipelago("opf", self.case, ranks=2)
        self.assertEqual(result.code, 0)
        self.assertIn("1 of 2 ranks stay idle", result.err)

    def test_check_tells_all_faults(self):
        bad = self.write("bad.m", CASE.replace("2 3 0.01 0.1 ", "2 3 0 0 ").replace("1 3 0.01", "1 9 0.01"))
        result = archipelago("check", bad, ranks=2)
        self.assertEqual(result.code, 2)
        errors = [line for line in result.err.splitlines() if "error:" in line]
        self.assertGreaterEqual(len(errors), 2, result.err)
        document = archipelago("check", bad, "--json").json
        self.assertEqual(len([f for f in document["faults"] if f["severity"] == "error"]), len(errors))
        self.assertEqual(archipelago("check", self.case).code, 0)


if __name__ == "__main__":
    program.main()
