"""The README's main command: installs nothing when all is there, builds, runs the demo and says what to look at."""
import json
import os
import subprocess

import program
from program import archipelago


class Demo(program.Case):
    def test_the_demo_runs_to_its_end(self):
        out = self.path("islands")
        result = subprocess.run(["sh", os.path.join(program.SOURCE, "scripts", "demo.sh"), out], capture_output=True,
                                text=True, timeout=850, cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for text in ("islands", "EUR", "critical clearing time", "sum over all accounts", "verified", "islands-market",
                     "audited: every record is the one that comes out", "What to look at", "results.nc",
                     "ledger statement"):
            self.assertIn(text, result.stdout)
        with open(os.path.join(out, "summary.json")) as stream:
            summary = json.load(stream)
        self.assertEqual(summary["intervals"], 24)
        self.assertEqual((summary["model"], summary["method"]), ("ac", "admm"))
        self.assertEqual(summary["settlement_sum"], "0.000000")
        self.assertLess(summary["max_mismatch_pu"], 1e-4)
        self.assertGreater(summary["losses_mwh"], 0)
        self.assertEqual(summary["stability"][0]["verdict"], "stable")
        with open(os.path.join(out, "provenance.json")) as stream:
            self.assertEqual(json.load(stream)["ranks"], 2)
        shown = archipelago("show", out)
        self.assertEqual(shown.code, 0)
        self.assertIn(summary["ledger"]["root"], shown.out)
        self.assertLess(len(shown.out.splitlines()), 60)
        with open(os.path.join(out + "-market", "summary.json")) as stream:
            market = json.load(stream)
        self.assertEqual(market["settlement_sum"], "0.000000")
        self.assertEqual(len(market["market"]["contracts"]), 6)
        self.assertGreater(market["market"]["deliveries"][0]["energy_wh"], 0)
        statement = archipelago("ledger", "statement", out + "-market", "village households")
        self.assertEqual(statement.code, 0)
        self.assertIn("contract wind for the village", statement.out)


if __name__ == "__main__":
    program.main()
