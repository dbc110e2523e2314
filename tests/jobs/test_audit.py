"""An auditor with a run directory and archipelago-ledger, without a cluster: audit and statement after real runs."""
import collections
import csv
import decimal
import glob
import io
import json
import os
import shutil
import subprocess
import unittest

import program
from program import archipelago

LEDGER = os.path.join(os.environ["ARCHIPELAGO_BUILD_DIR"], "ledger", "archipelago-ledger")
ISLANDS = program.ISLANDS
BIDS = """participant,side,asset,bus,hour,time,kwh,price,partner,premium,order
coast wind cooperative,sell,wind farm,,*,,200,52,,,w1
coast wind cooperative,sell,wind farm,,*,,300,70,,,w2
main grid operator,sell,main grid,,*,,600,101,,,g1
harbour company,buy,harbour,,*,,220,95,source:renewable,6,h1
village households,buy,village,,*,,220,98,,,v1
city utility,buy,city centre,,*,,500,120,coast wind cooperative,10,c1
"""
# Kinds whose quantities are no energy fed in, taken or handed over; totals leave them out.
NO_ENERGY = ("grid fee", "trade spread", "contract for difference", "capacity rent", "take or pay", "contract penalty",
             "demand response", "carbon allowances", "exchange between regions")


def ledger(*arguments):
    process = subprocess.run([LEDGER] + [str(a) for a in arguments], capture_output=True, text=True, timeout=120,
                             env={"PATH": "/nowhere"})  # neither MPI nor PETSc nor a configuration
    return program.Result(process.returncode, process.stdout, process.stderr)


class Audit(program.Case):
    def make(self, name, ledger_keys="", hours=3, count=2, start="2030-06-21T17:00:00Z"):
        """A study of the islands with every mechanism, in DC physics, which solves at once."""
        self.write("bids.csv", BIDS)
        return self.write(name, f"""study: audited
network: {{path: {ISLANDS}, format: pypsa}}
participants: {ISLANDS}/participants.csv
regions: region
windows: {{start: {start}, hours: {hours}, count: {count}}}
dispatch: {{model: dc, dc: reactance, method: interior-point}}
market:
  currency: EUR
  contracts: {ISLANDS}/contracts.yaml
  local: {{mechanism: uniform-price, scope: study, bids: bids.csv, fee: 2}}
  certificates: {{pool: true}}
  carbon: {{price: 50}}
ledger: {{origin: example.org/audited{ledger_keys}}}
""")

    def run_study(self, study, out, ranks=1):
        result = archipelago("run", study, "--output", self.path(out), ranks=ranks)
        self.assertEqual(result.code, 0, result.err)
        return self.path(out)

    def settlement(self, run):
        """What settlement.csv says by participant: kind -> lines and sums."""
        found = collections.defaultdict(dict)
        with open(os.path.join(run, "settlement.csv"), newline="") as stream:
            for row in csv.DictReader(stream):
                found[row["participant"]][row["kind"]] = (int(row["lines"]), int(row["injected_wh"]),
                                                          int(row["withdrawn_wh"]), decimal.Decimal(row["net_EUR"]))
        return found

    def assertStatement(self, log, participant, expected, *more):
        """The lines of a statement add up to the sums of the settlement, to the last unit."""
        found = collections.defaultdict(lambda: [0, 0, 0, decimal.Decimal(0)])
        result = ledger("statement", log, participant, "--csv", *more)
        self.assertEqual(result.code, 0, result.err)
        for row in csv.DictReader(io.StringIO(result.out)):
            quantity = int(row["quantity"])
            for kind in (row["kind"], "total"):
                found[kind][0] += 1
                if kind != "total" or row["kind"] not in NO_ENERGY:
                    found[kind][1 if quantity > 0 else 2] += abs(quantity)
                found[kind][3] += decimal.Decimal(row["amount"])
        self.assertEqual({k: tuple(v) for k, v in found.items()}, expected)

    def test_a_run_comes_out_again_and_statements_are_its_settlement(self):
        run = self.run_study(self.make("study.yaml"), "run", ranks=2)
        result = ledger("audit", run, "--json")
        self.assertEqual(result.code, 0, result.err)
        report = result.json
        self.assertEqual(report["windows_executed"], 2)
        self.assertEqual(report["amounts_compared"], report["entries"])
        self.assertEqual(report["certificate_events_compared"], report["certificate_events"])
        self.assertEqual(report["contracts_executed"], 6)
        self.assertGreater(report["certificate_events"], 0)
        self.assertEqual(archipelago("ledger", "audit", run, "--json").json, report)  # the same commands
        for participant, expected in self.settlement(run).items():
            self.assertStatement(run, participant, expected)

    def test_every_policy_of_the_shipped_market_comes_out_again(self):
        study = os.path.join(ISLANDS, "market.yaml")
        for policy in ("base", "pay-as-bid", "mid-market", "bilateral", "carbon-cap"):
            with self.subTest(policy=policy):
                run = self.path(policy)
                arguments = [] if policy == "base" else ["--policy", policy]
                result = archipelago("run", study, *arguments, "--output", run)
                self.assertEqual(result.code, 0, result.err)
                result = ledger("audit", run, "--json")
                self.assertEqual(result.code, 0, result.err)
                self.assertEqual(result.json["amounts_compared"], result.json["entries"])
                self.assertGreater(result.json["entries"], 1000)

    def test_the_audit_does_not_depend_on_the_ranks_of_the_run(self):
        study = self.make("study.yaml")
        one, three = (self.run_study(study, f"run{n}", ranks=n) for n in (1, 3))
        self.assertEqual(ledger("audit", one).out, ledger("audit", three).out)

    def test_a_changed_or_missing_input_is_named(self):
        run = self.run_study(self.make("study.yaml"), "run")
        inputs = glob.glob(os.path.join(run, "windows", "0001-*", "inputs.bin"))[0]
        honest = program.read(inputs)
        changed = bytearray(honest)
        changed[len(changed) // 2] ^= 1
        self.write(inputs, bytes(changed))
        result = ledger("audit", run)
        self.assertEqual(result.code, 5)
        self.assertIn("inputs of window 1 have the SHA-256", result.err)
        self.assertEqual(len(result.err.splitlines()), 1)
        os.remove(inputs)
        self.assertEqual(ledger("audit", run).code, 2)
        other = glob.glob(os.path.join(run, "windows", "0000-*", "inputs.bin"))[0]
        shutil.copy(other, inputs)
        self.assertEqual(ledger("audit", run).code, 5)
        self.write(inputs, honest)
        self.assertEqual(ledger("audit", run).code, 0)

    def test_a_changed_log_is_named(self):
        run = self.run_study(self.make("study.yaml"), "run")
        bundle = sorted(glob.glob(os.path.join(run, "ledger", "tile", "entries", "**", "*"), recursive=True))[-1]
        changed = bytearray(program.read(bundle))
        changed[len(changed) // 2] ^= 1
        self.write(bundle, bytes(changed))
        result = ledger("audit", run)
        self.assertEqual(result.code, 5)
        self.assertEqual(len(result.err.splitlines()), 1)

    def test_days_in_one_log_are_audited_together(self):
        key = self.path("key")
        public = ledger("keygen", "example.org/audited", "-o", key).out
        keys = f", key: {key}, log: {self.path('log')}"
        days = [self.run_study(self.make(f"{k}.yaml", keys, start=f"2030-06-21T1{k}:00:00Z"), f"day{k}")
                for k in (1, 7)]
        result = ledger("audit", self.path("log"), "--run", days[0], "--run", days[1], "--key", public.strip())
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("2 runs", result.out)
        self.assertIn("every record is the one that comes out", result.out)
        result = ledger("audit", self.path("log"), "--run", days[1])
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("1 run not carried out again", result.out)
        self.assertIn("nothing wrong was found in what was checked", result.out)
        result = ledger("audit", days[0])
        self.assertEqual(result.code, 2)
        self.assertIn("a run without a log of its own", result.err)

    def test_a_hidden_run_opens_to_secrets_and_private_statements(self):
        secrets = self.path("secrets")
        run = self.run_study(self.make("study.yaml", f", privacy: committed, secrets: {secrets}"), "run", ranks=2)
        report = ledger("audit", run, "--json").json
        with open(os.path.join(run, "study.json")) as stream:  # its digest is in the log: no trying what the study is
            self.assertRegex(json.load(stream)["salt"], "^[0-9a-f]{64}$")
        self.assertEqual(os.stat(run).st_mode & 0o777, 0o700)
        self.assertGreater(report["committed_not_opened"], 0)
        self.assertGreater(report["amounts_compared"], 0)  # operators' accounts are in the clear
        everything = [part for path in sorted(glob.glob(os.path.join(secrets, "*"))) for part in ("--secret", path)]
        report = ledger("audit", run, "--json", *everything).json
        self.assertEqual(report["committed_not_opened"], 0)
        self.assertEqual(report["amounts_compared"], report["committed_entries"])
        self.assertEqual(report["hidden_not_opened"], 0)
        settlement = self.settlement(run)
        private = sorted(glob.glob(os.path.join(run, "statements", "*-city_utility")))
        self.assertEqual(len(private), 1)
        self.assertStatement(run, "city utility", settlement["city utility"], "--openings", private[0])
        result = ledger("statement", run, "city utility")
        self.assertEqual(result.code, 2)
        self.assertIn("--openings", result.err)


if __name__ == "__main__":
    program.main()
