"""archipelago eigen: its document, its table, its usage, the same on all ranks."""
import os
import re

import program
from program import archipelago, shared_data

CASE = """function mpc = pair
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
 1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;
 2 2 80 10 0 0 1 1 0 230 1 1.1 0.9;
];
mpc.gen = [
 1 50 0 100 -100 1 100 1 200 0;
 2 30 0 100 -100 1 100 1 100 0;
];
mpc.branch = [
 1 2 0 0.4 0 150 150 150 0 0 1 -360 360;
];
mpc.gencost = [
 2 0 0 3 0.01 10 0;
 2 0 0 3 0.02 12 0;
];
"""
MACHINES = "bus,unit,model,mva_base,H,D,xd1\n1,1,GENCLS,100,4,{0},0.2\n2,1,GENCLS,100,4,{0},0.2\n"


class Eigen(program.Case):
    def setUp(self):
        super().setUp()
        self.case = self.write("pair.m", CASE)
        self.machines = self.write("machines.csv", MACHINES.format(2))

    def eigen(self, *arguments, ranks=1):
        return archipelago("eigen", self.case, "--dynamics", self.machines, *arguments, ranks=ranks)

    def test_document(self):
        result = self.eigen("--json")
        self.assertEqual(result.code, 0, result.err)
        d = result.json
        self.assertEqual((d["verdict"], d["states"], d["complete"]), ("stable", 4, True))
        self.assertEqual(len(d["eigenvalues"]), 4)
        self.assertEqual([len(d[k]) for k in ("frequency_hz", "damping")], [4, 4])
        values = [complex(*v) for v in d["eigenvalues"]]
        for v in values:
            self.assertTrue(any(abs(v.conjugate() - w) < 1e-9 for w in values))
        swing = d["modes"][0]
        self.assertAlmostEqual(swing["real"], -2 / 16, places=6)  # -D/4H
        self.assertAlmostEqual(swing["frequency_hz"], swing["imag"] / 6.283185307179586, places=9)
        self.assertAlmostEqual(swing["damping"], -swing["real"] / abs(complex(swing["real"], swing["imag"])), places=12)
        self.assertAlmostEqual(sum(p["factor"] for p in swing["participation"]), 1, places=9)
        self.assertEqual({p["state"] for p in swing["participation"]},
                         {f"{bus}:1 GENCLS {name}" for bus in (1, 2) for name in ("delta", "speed")})
        self.assertEqual(d["zero_eigenvalues"], 1)
        self.assertIsNone([m for m in d["modes"] if m["kind"] == "zero"][0]["damping"])

    def test_text(self):
        out = self.eigen("--count", "1").out
        self.assertIn("small-signal stable", out.splitlines()[0])
        self.assertRegex(out, r"states +4\n")
        self.assertRegex(out, r"-0\.125000 +[\d.]+ +[\d.]+ +[\d.]+ +[12]:1 GENCLS")
        self.assertIn("and 2 modes more", out)

    def test_same_on_two_ranks(self):
        documents = []
        for ranks in (1, 2):
            d = self.eigen("--json", ranks=ranks).json
            documents.append({k: v for k, v in d.items() if k != "solve_seconds"})
        self.assertEqual(documents[0], documents[1])

    def test_frequency_scales_the_swing(self):
        at = {hz: self.eigen("--json", "--frequency", hz).json["modes"][0] for hz in (50, 60)}
        # |lambda|^2 is proportional to the nominal frequency
        square = {hz: m["real"] ** 2 + m["imag"] ** 2 for hz, m in at.items()}
        self.assertAlmostEqual(square[60] / square[50], 1.2, places=6)

    def test_wrong_usage_is_one_line_and_status_2(self):
        for wrong in (["--all", "--least-damped"], ["--from", "2", "--to", "1"], ["--damping", "1"], ["--count", "0"],
                      ["--load-model", "x"], ["--operating-point", "x"], ["--dynamics", self.path("none.dyr")]):
            with self.subTest(wrong=wrong):
                result = self.eigen(*wrong)
                self.assertEqual((result.code, result.out), (2, ""))
                self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)

    def test_least_damped_search(self):
        d = self.eigen("--json", "--least-damped", "--damping", "0.1").json
        self.assertEqual((d["complete"], d["covered"], d["complete_below_damping"]), (False, True, 0.1))
        self.assertAlmostEqual(d["modes"][0]["real"], -2 / 16, places=6)

    def test_two_area_system(self):
        folder = shared_data("dynamics", "gridpack")
        if not folder:
            self.skipTest("no shared data")
        result = archipelago("eigen", os.path.join(folder, "raw", "kundur-twoarea_v33.raw"), "--dynamics",
                             os.path.join(folder, "dyr", "kundur-twoarea.dyr"))
        self.assertEqual(result.code, 0)
        self.assertIn("unstable: 1 mode in the right half plane", result.out)
        first = re.search(r"^ +0\.0\d+ +3\.\d+ +0\.55\d+ +-2\.\d+ +(.*)$", result.out, re.M)
        self.assertIn("GENROU speed", first.group(1))


if __name__ == "__main__":
    program.main()
