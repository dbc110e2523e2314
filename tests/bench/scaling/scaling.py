#!/usr/bin/env python3
"""Scaling, measured here and projected to a cluster: runs bench_scaling and the program, fits, validates, prints tables.

    scaling.sh BUILD          # the whole of it, below ten minutes on two quiet cores
    python3 scaling.py --build BUILD [--quick] [--keep FILE] [--from FILE]

Standard library only. --keep stores what was measured, --from projects from such a file without measuring again. Times
depend on what else the machine does; the load average stands beside each. docs/scaling.md explains the model."""
import argparse
import json
import math
import os
import shutil
import subprocess
import tempfile

# HDR InfiniBand: 200 Gb/s a link, of which 24 GB/s are taken to arrive, and 1.1 us for a small message between MPI processes on
# two nodes (nominal data of ConnectX-6: 200 Gb/s, 0.6 us at the adapter; switch and library on top are an assumption). Nothing
# here was measured on such a network: --latency and --bandwidth take other figures.
NETWORK = {"name": "HDR InfiniBand, 200 Gb/s", "latency": 1.1e-6, "bandwidth": 24e9}
TARGET = {"regions": 10000, "ranks": 1000, "buses": 24, "hours": 24}

ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_mpi_yield_when_idle="1", OPENBLAS_NUM_THREADS="1",
                   OMP_NUM_THREADS="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")


def lines(command, env=None):
    done = subprocess.run(command, env=env or ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Bench:
    """Starts the programs and keeps what they print."""

    def __init__(self, build):
        self.build, self.rows, self.runs = build, [], []

    def case(self, regions, buses, hours, methods, few, many, topology="random", repeat=1, ranks=2, series="fit"):
        program = [f"{self.build}/tests/bench/scaling/bench_scaling", regions, buses, hours, topology, 1, repeat, methods,
                   few, many]
        launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        rows = lines(launch + [str(word) for word in program])
        for row in rows:
            row["series"] = series
        self.rows += rows

    def run(self, regions, buses, hours, ranks, command, folder):
        """One command of the program on a generated system, with its MPI calls counted."""
        program = f"{self.build}/jobs/archipelago"
        system, out, count = (os.path.join(folder, name) for name in ("system", "out", "count"))
        for path in (system, out):
            shutil.rmtree(path, ignore_errors=True)
        invest = ["--invest"] if command == "plan" else []
        lines([program, "synth", "-o", system, "--regions", str(regions), "--buses", str(buses), "--hours", str(hours)] +
              invest)
        arguments = {"run": ["run", f"{system}/study.yaml", "-o", out],
                     "plan": ["plan", f"{system}/plan.yaml", "-o", out],
                     "screen": ["screen", system, "--dynamics", f"{system}/dynamics.csv", "--operating-point", "opf",
                                "--frequency", "50", "--faults", "bus", "--trips", "none", "--until", "1", "-o", out]}
        env = dict(ENVIRONMENT, MPI_COUNT_FILE=count, XDG_CONFIG_HOME=os.path.join(folder, "config"))
        preload = f"{self.build}/tests/bench/scaling/libbench_mpi_count.so"
        launch = ["mpirun", "-n", str(ranks), "-x", f"LD_PRELOAD={preload}"] if ranks > 1 else \
            ["env", f"LD_PRELOAD={preload}"]
        done = subprocess.run(launch + [program] + arguments[command], env=env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{command} of {regions} regions: status {done.returncode}\n{done.stderr}")
        with open(os.path.join(out, "provenance.json")) as f:
            times = json.load(f)["times"]
        counts = []
        for rank in range(ranks):
            with open(f"{count}.{rank}") as f:
                counts.append(json.load(f))
        size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(out) for name in names)
        self.runs.append({"command": command, "regions": regions, "buses": buses, "hours": hours, "ranks": ranks,
                          "load": os.getloadavg()[0], "times": times, "mpi": counts, "written": size})


def measure(build, quick):
    bench = Bench(build)
    for buses, hours in [(8, 1), (16, 1), (32, 1), (64, 1), (8, 4), (16, 4), (8, 12)] + ([] if quick else [(16, 12)]):
        bench.case(4, buses, hours, "i", 4, 100, repeat=3, ranks=1, series="size")
        bench.case(4, buses, hours, "a", 4, 12, repeat=2, ranks=1, series="size")
    for regions in (4, 16, 64, 256) + (() if quick else (1024,)):
        bench.case(regions, 8, 1, "i", 4, 100, repeat=2 if regions < 1000 else 1, ranks=1, series="number")
        bench.case(regions, 8, 1, "ia" if regions < 1000 else "i", 4, 12, ranks=2, series="calls")
    bench.case(64, 16, 1, "ia", 4, 12, repeat=3, series="strong", ranks=2)
    bench.case(32, 16, 1, "ia", 4, 12, repeat=3, series="weak", ranks=2)
    bench.case(128, 12, 1, "i", 4, 100, repeat=2, ranks=1, series="check")
    bench.case(32, 24, 2, "i", 4, 100, repeat=2, ranks=1, series="check")
    bench.case(24, 24, 2, "a", 4, 12, repeat=2, ranks=1, series="check")
    bench.case(4, 8, 1, "p", 1, 1, series="pingpong", ranks=2)
    for regions in (4, 16) + (() if quick else (48,)):
        bench.case(regions, 8, 1, "a", 4, 1000, ranks=1, series="rounds")
    for topology in ("grid", "ring", "random", "hub"):
        for regions in (64, 1024):
            bench.case(regions, 8, 1, "x", 1, 1, topology=topology, ranks=1, series="topology")
    for regions in (300, 1000, 3000):
        bench.case(regions, 8, 1, "s", 1, 1, ranks=1, series="setup")
    folder = tempfile.mkdtemp(prefix="scaling-")
    try:
        for regions in (8, 32, 96):
            for ranks in (1, 2):
                bench.run(regions, 8, 4, ranks, "run", folder)
        for ranks in (1, 2):
            bench.run(8, 8, 48, ranks, "plan", folder)
            bench.run(4, 8, 1, ranks, "screen", folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"rows": bench.rows, "runs": bench.runs}


# --- Least squares ---

def power_fit(points):
    """y = a x^e by least squares of the logarithms: a, e, largest relative residual."""
    n = len(points)
    x = [math.log(p[0]) for p in points]
    y = [math.log(p[1]) for p in points]
    mx, my = sum(x) / n, sum(y) / n
    e = sum((u - mx) * (v - my) for u, v in zip(x, y)) / sum((u - mx) ** 2 for u in x)
    a = math.exp(my - e * mx)
    return a, e, max(abs(a * p[0] ** e / p[1] - 1) for p in points)


def two_terms(points):
    """t = a u + c v, relative residuals, a and c not negative: a, c, largest relative residual. points: (u, v, t)."""
    rows = [(u / t, v / t) for u, v, t in points]
    uu, uv, vv = (sum(r[i] * r[j] for r in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    u1, v1 = sum(r[0] for r in rows), sum(r[1] for r in rows)
    det = uu * vv - uv * uv
    a, c = ((vv * u1 - uv * v1) / det, (uu * v1 - uv * u1) / det) if det > 1e-12 * uu * vv else (u1 / uu, 0)
    if c < 0:
        a, c = u1 / uu, 0
    if a < 0:
        a, c = 0, v1 / vv
    return a, c, max(abs(a * u + c * v - 1) for u, v in rows)


def share_fit(points):
    """y = a x by least squares of relative residuals: a, largest relative residual."""
    r = [x / y for x, y in points]
    a = sum(r) / sum(v * v for v in r)
    return a, max(abs(a * v - 1) for v in r)


class Model:
    def __init__(self, data):
        self.rows, self.runs = data["rows"], data["runs"]
        self.fit()

    def pick(self, what, series, ranks=None, **keys):
        return [r for r in self.rows if r["what"] == what and r["series"] == series and
                (ranks is None or r["ranks"] == ranks) and all(r[k] == v for k, v in keys.items())]

    def cases(self, what, series, ranks):
        return sorted({(r["regions"], r["buses"], r["hours"]) for r in self.pick(what, series, ranks)})

    def rate(self, what, series, ranks, case, key):
        """Of one iteration: the difference of a long and a short solve, best of the repetitions each."""
        rows = self.pick(what, series, ranks, regions=case[0], buses=case[1], hours=case[2])
        best = {}
        for asked in {r["asked"] for r in rows}:
            best[asked] = min((r for r in rows if r["asked"] == asked), key=lambda r: r[key])
        few, many = best[min(best)], best[max(best)]
        return (many[key] - few[key]) / (many["iterations"] - few["iterations"]), few, many

    def fit(self):
        # interior point: processor seconds of an iteration and region against bus-hours
        self.size_i = [(b * h, self.rate("interior", "size", 1, (n, b, h), "processor")[0] / n)
                       for n, b, h in self.cases("interior", "size", 1)]
        self.a_i, self.e_i, self.err_i = power_fit(self.size_i)
        # ADMM: processor seconds of a local iteration
        self.size_a = []
        for case in self.cases("admm", "size", 1):
            seconds, few, many = self.rate("admm", "size", 1, case, "processor")
            local = (many["local_iterations"] - few["local_iterations"]) / (many["iterations"] - few["iterations"])
            self.size_a.append((case[1] * case[2], seconds / local, local / case[0]))
        self.a_a, self.e_a, self.err_a = power_fit([p[:2] for p in self.size_a])
        self.local = sum(p[2] for p in self.size_a) / len(self.size_a)
        # the border, on every rank: u^1.5 as of planar graphs under nested dissection (George 1973)
        self.number = []
        for case in self.cases("interior", "number", 1):
            seconds, _, many = self.rate("interior", "number", 1, case, "processor")
            self.number.append((case[0], many["unknowns"], seconds, many["iterations"]))
        self.a_n, self.c_b, self.err_b = two_terms([(n, u ** 1.5, t) for n, u, t, _ in self.number])
        self.it_a, self.it_e, self.it_err = power_fit([(n, k) for n, _, _, k in self.number])
        self.per_region = sum(u for _, u, _, _ in self.number[1:]) / sum(n for n, _, _, _ in self.number[1:])
        # calls, on two ranks
        self.calls = {}
        for what in ("interior", "admm"):
            for case in self.cases(what, "calls", 2):
                self.calls[what, case[0]] = {key: self.rate(what, "calls", 2, case, key)[0] for key in
                                             ("collectives", "gathered", "messages", "message_bytes", "seconds", "mpi")}
        # set-up and serial parts
        setup = self.pick("setup", "setup")
        self.setup = setup
        self.read, self.read_err = share_fit([(r["rows"], r["read"]) for r in setup])
        self.cut, self.cut_constant, _ = two_terms(
            [(r["rows"], 1, r["partition"] + r["cover"] + r["assign"]) for r in setup])
        self.net_bytes = max(r["network_mb"] * 2 ** 20 / r["rows"] for r in setup)
        self.steps = {}
        for step in ("settle_seconds", "commit_seconds", "finish_seconds"):
            points = [(r["regions"] * r["buses"] * r["hours"], r["times"][step]) for r in self.runs
                      if r["command"] == "run" and r["ranks"] == 1]
            self.steps[step] = two_terms([(size, 1, t) for size, t in points])
        runs = [r for r in self.runs if r["command"] == "run" and r["ranks"] == 1]
        self.written = max(r["written"] / (r["regions"] * r["buses"] * r["hours"]) for r in runs)
        self.imbalance = max(r.get("imbalance", 1) for r in self.pick("admm", "size", 1))
        # memory of factors and models on a rank: megabytes above the network's, per region and bus-hour
        big = max(self.pick("interior", "number", 1), key=lambda r: r["regions"])
        self.model_bytes = big["megabytes"] * 2 ** 20 / (big["regions"] * big["buses"] * big["hours"])

    def interior_region(self, n):
        return self.a_i * n ** self.e_i

    def interior_iteration(self, regions, buses, hours, unknowns):
        return regions * self.interior_region(buses * hours) + self.c_b * unknowns ** 1.5

    def admm_round(self, regions, buses, hours, local):
        return regions * local * self.a_a * (buses * hours) ** self.e_a


def table(head, rows):
    widths = [max(len(str(row[k])) for row in [head] + rows) for k in range(len(head))]
    text = ["  ".join(str(cell).rjust(w) for cell, w in zip(row, widths)) for row in [head] + rows]
    print("\n".join(text) + "\n")


def ms(seconds):
    return f"{1e3 * seconds:.4g}"


def print_measured(m):
    loads = [r["load"] for r in m.rows]
    print(f"Measured on {os.cpu_count()} cores, load average {min(loads):.1f} to {max(loads):.1f} (quiet: about the ranks "
          "at work). Processor\ntimes are the least of the repetitions; an iteration is the difference of a long and a "
          "short solve.\n")
    print("1. A region's computation, one rank: ms of processor time per iteration and region (interior point), per local\n"
          "   iteration (ADMM), against bus-hours n; fits a n^e by least squares of logarithms\n")
    table(["n", "interior", "fit", "ADMM", "fit", "local iterations a round"],
          [[n, ms(t), ms(m.interior_region(n)), ms(ta), ms(m.a_a * n ** m.e_a), f"{k:.1f}"]
           for (n, t), (_, ta, k) in zip(m.size_i, m.size_a)])
    print(f"   interior {1e6 * m.a_i:.3g} us n^{m.e_i:.3f}, largest residual {100 * m.err_i:.0f} %;   "
          f"ADMM {1e6 * m.a_a:.3g} us n^{m.e_a:.3f}, largest residual {100 * m.err_a:.0f} %\n")
    print("2. Number of regions of 8 buses, one hour: the interior point's iteration on one rank, with the border's share\n")
    table(["regions", "border unknowns", "ms measured", "ms fitted", "of it border", "iterations"],
          [[n, u, ms(t), ms(m.a_n * n + m.c_b * u ** 1.5), f"{100 * m.c_b * u ** 1.5 / (m.a_n * n + m.c_b * u ** 1.5):.0f} %",
            k] for n, u, t, k in m.number])
    print(f"   {1e3 * m.a_n:.3g} ms a region + {1e9 * m.c_b:.3g} ns u^1.5 (exponent assumed), largest residual "
          f"{100 * m.err_b:.0f} %; iterations {m.it_a:.3g} N^{m.it_e:.2f}, residual {100 * m.it_err:.0f} %\n")
    print("3. Calls of MPI per iteration on 2 ranks, by interposition\n")
    table(["method", "regions", "collectives", "gathered bytes", "a region", "messages", "bytes in them"],
          [[what, n, f"{c['collectives']:.1f}", f"{c['gathered']:.0f}", f"{c['gathered'] / n:.0f}",
            f"{c['messages']:.1f}", f"{c['message_bytes']:.0f}"] for (what, n), c in m.calls.items()])
    print("4. Strong and weak scaling, one rank against two, interleaved: ms per iteration and their ratio (2: perfect strong;\n"
          "   1: perfect weak, twice the regions on two ranks), by the wall clock, which a busy machine spoils, and by\n"
          "   processor time outside MPI, which it spoils less\n")
    rows = []
    for what in ("interior", "admm"):
        cells = [what]
        for key in ("seconds", "compute"):
            one = m.rate(what, "strong", 1, (64, 16, 1), key)[0]
            two = m.rate(what, "strong", 2, (64, 16, 1), key)[0]
            half = m.rate(what, "weak", 1, (32, 16, 1), key)[0]
            cells += [ms(one), ms(two), f"{one / two:.2f}", ms(half), f"{two / half:.2f}"]
        rows.append(cells + [f"{max(r['load'] for r in m.pick(what, 'strong')):.1f}"])
    table(["method", "64 regions, 1 rank", "2 ranks", "ratio", "32 regions", "weak", "processor outside MPI: 1 rank",
           "2 ranks, larger", "ratio", "32 regions", "weak", "load"], rows)
    print("5. Border unknowns an hour (AC), ties and the largest number of ties at a region\n")
    table(["topology", "regions", "ties", "at a region", "unknowns", "a region"],
          [[r["topology"], r["regions"], r["ties"], r["most_ties"], r["border"], f"{r['border'] / r['regions']:.2f}"]
           for r in m.pick("setup", "topology")])
    print("6. Before the solve, one rank, seconds; every rank does all but the extraction\n")
    table(["regions", "buses", "read", "partition", "cover", "assign", "extract all", "network MB", "load"],
          [[r["regions"], r["rows"], f"{r['read']:.3f}", f"{r['partition']:.4f}", f"{r['cover']:.4f}",
            f"{r['assign']:.4f}", f"{r['extract']:.3f}", f"{r['network_mb']:.1f}", f"{r['load']:.1f}"] for r in m.setup])
    print("7. Steps of commands on generated systems, seconds of wall clock (settle: shared by regions; commit, finish: rank 0)\n")
    rows = []
    for r in m.runs:
        t = r["times"]
        rows.append([r["command"], r["regions"], r["hours"], r["ranks"]] +
                    [f"{t[k]:.3f}" if k in t else "" for k in ("read_seconds", "solve_seconds", "settle_seconds",
                                                                "commit_seconds", "finish_seconds")] +
                    [f"{t.get('total_seconds', t.get('seconds', 0)):.3f}", r["mpi"][0]["collectives"],
                     max(c["gathered_bytes"] for c in r["mpi"]), sum(c["messages"] for c in r["mpi"]), r["written"],
                     f"{r['load']:.1f}"])
    table(["command", "regions", "hours", "ranks", "read", "solve", "settle", "commit", "finish", "total", "collectives",
           "gathered", "messages", "written bytes", "load"], rows)
    print("8. Ping-pong between the two ranks, shared memory: one way\n")
    table(["bytes", "us", "GB/s"], [[r["bytes"], f"{1e6 * r['seconds']:.2f}", f"{r['bytes'] / r['seconds'] / 1e9:.2f}"]
                                    for r in m.pick("pingpong", "pingpong")])
    print("9. ADMM to its tolerance, 8 buses, one hour\n")
    table(["regions", "status", "rounds", "local iterations a region and round"],
          [[r["regions"], r["status"], r["iterations"],
            f"{r['local_iterations'] / max(r['iterations'], 1) / r['regions']:.1f}"]
           for r in m.pick("admm", "rounds", 1) if r["asked"] == 1000])


def print_check(m):
    print(f"   A region's work over the mean, as ADMM counts it, at most: {m.imbalance:.2f}. Steps of a run against "
          f"bus-hours: " + ", ".join(f"{k.split('_')[0]} {1e6 * a:.3g} us each + {c:.3g} s (residual {100 * e:.0f} %)"
                                     for k, (a, c, e) in m.steps.items()) + "\n")
    print("10. Sizes that were not fitted, one rank: ms of processor time per iteration, predicted over measured\n")
    rows = []
    for case in m.cases("interior", "check", 1):
        t, _, many = m.rate("interior", "check", 1, case, "processor")
        p = m.interior_iteration(*case, many["unknowns"])
        rows.append(["interior", *case, ms(t), ms(p), f"{p / t:.2f}"])
    for case in m.cases("admm", "check", 1):
        t, few, many = m.rate("admm", "check", 1, case, "processor")
        local = (many["local_iterations"] - few["local_iterations"]) / (many["iterations"] - few["iterations"]) / case[0]
        p = m.admm_round(*case, local)
        rows.append(["admm", *case, ms(t), ms(p), f"{p / t:.2f}"])
    table(["method", "regions", "buses", "hours", "measured", "predicted", "ratio"], rows)


def project(m, regions, ranks, buses, hours, network=NETWORK):
    """Seconds of each phase by the model: rows (phase, method, seconds, how)."""
    n, here = buses * hours, math.ceil(regions / ranks)
    steps = math.ceil(math.log2(ranks)) if ranks > 1 else 0
    largest = {what: max((k for k in m.calls if k[0] == what), key=lambda k: k[1]) for what in ("interior", "admm")}
    phases = []
    # interior point
    c = m.calls[largest["interior"]]
    bytes_i = c["gathered"] / largest["interior"][1] * regions * hours
    unknowns = m.per_region * regions
    iterations = m.it_a * regions ** m.it_e
    phases += [
        ("interior", "regions", here * m.interior_region(n), f"{here} regions a rank"),
        ("interior", "border", hours * m.c_b * unknowns ** 1.5,
         f"{unknowns:.0f} unknowns an hour, hour by hour, on every rank alike"),
        ("interior", "latency", c["collectives"] * 2 * steps * network["latency"],
         f"{c['collectives']:.0f} collectives, 2 log2 P messages deep"),
        ("interior", "gather", bytes_i / network["bandwidth"], f"{bytes_i / 1e6:.0f} MB to every rank"),
    ]
    # ADMM
    c = m.calls[largest["admm"]]
    bytes_a = c["gathered"] / largest["admm"][1] * regions
    exchange = c["message_bytes"] / max(c["messages"], 1) * hours
    phases += [
        ("admm", "regions", here * m.local * m.a_a * n ** m.e_a * m.imbalance,
         f"{m.local:.1f} local iterations, the slowest region {m.imbalance:.2f} of the mean"),
        ("admm", "latency", c["collectives"] * 2 * steps * network["latency"] + 8 * network["latency"],
         f"{c['collectives']:.0f} collectives and neighbours' messages"),
        ("admm", "gather", 2 * bytes_a / network["bandwidth"], f"sums by region, {bytes_a / 1e6:.1f} MB, reduced"),
        ("admm", "exchange", 8 * exchange / network["bandwidth"], "values at ties, between neighbours"),
    ]
    return phases, iterations, unknowns


def print_projection(m):
    regions, ranks, buses, hours = (TARGET[k] for k in ("regions", "ranks", "buses", "hours"))
    rounds = [r["iterations"] for r in m.pick("admm", "rounds", 1) if r["asked"] == 1000]
    phases, iterations, unknowns = project(m, **TARGET)
    print(f"11. Projection: {regions} regions of {buses} buses over {hours} hours on {ranks} nodes with one rank each, "
          f"{NETWORK['name']}\n    ({1e6 * NETWORK['latency']:.1f} us, {NETWORK['bandwidth'] / 1e9:.0f} GB/s). Assumed: a "
          "node's core computes as this machine's; collectives are\n    trees of 2 log2 P messages; gathers and "
          "reductions run at the link's bandwidth; nothing overlaps; the border costs u^1.5 in each hour.\n")
    rows = []
    for method in ("interior", "admm"):
        own = [p for p in phases if p[0] == method]
        total = sum(p[2] for p in own)
        for _, phase, seconds, how in own:
            rows.append([method, phase, ms(seconds), f"{100 * seconds / total:.0f} %", how])
        rows.append([method, "sum", ms(total), "", "limits: " + max(own, key=lambda p: p[2])[1]])
    table(["method", "phase", "ms an iteration", "share", "how"], rows)
    totals = {method: sum(p[2] for p in phases if p[0] == method) for method in ("interior", "admm")}
    bus_hours, all_buses = regions * buses * hours, regions * buses
    serial = [("read the network (every rank)", m.read * all_buses, f"{1e6 * m.read:.1f} us a bus"),
              ("partition, cover, ranks (every rank)", m.cut * all_buses + m.cut_constant,
               f"{1e6 * m.cut:.2f} us a bus + {m.cut_constant:.2f} s (the cover's search is bounded)"),
              ("interior point", iterations * totals["interior"], f"{iterations:.0f} iterations, extrapolated"),
              ("or ADMM", max(rounds) * totals["admm"], f"{max(rounds)} rounds, as with {max(r['regions'] for r in m.pick('admm', 'rounds', 1))} regions"),
              ("settlement (shared)", m.steps["settle_seconds"][0] * bus_hours,
               "market on every rank; counted whole"),
              ("commit: records, ledger (rank 0)", m.steps["commit_seconds"][0] * bus_hours, ""),
              ("results, summary (rank 0)", m.steps["finish_seconds"][0] * bus_hours, "")]
    print("12. One window of that system, seconds by phase\n")
    table(["phase", "s", "from"], [[p, f"{t:.4g}", how] for p, t, how in serial])
    print(f"    limits: {max((p for p in serial if p[0] != 'or ADMM'), key=lambda p: p[1])[0]}\n")
    table(["on each rank", "GB"],
          [["the whole network and its series", f"{(m.net_bytes + 8 * 3 * (hours - 1)) * all_buses / 1e9:.2f}"],
           ["the dispatch, whole (about 12 numbers a bus and hour)", f"{12 * 8 * bus_hours / 1e9:.2f}"],
           ["its regions' models and factors", f"{m.model_bytes * math.ceil(regions / ranks) * buses * hours / 1e9:.2f}"],
           ["the border gathered", f"{m.calls[max((k for k in m.calls if k[0] == 'interior'), key=lambda k: k[1])]['gathered'] / 1024 * regions * hours / 1e9:.2f}"],
           ["rank 0: what is written", f"{m.written * bus_hours / 1e9:.2f}"]])
    print("13. Where each part takes as long as the regions themselves (interior point, one region a rank, "
          f"{buses} buses, {hours} hours)\n")
    print_limits(m, buses, hours)


def print_limits(m, buses, hours):
    base = m.interior_region(buses * hours)
    c = m.calls[max((k for k in m.calls if k[0] == "interior"), key=lambda k: k[1])]
    a = m.calls[max((k for k in m.calls if k[0] == "admm"), key=lambda k: k[1])]
    n_i, n_a = (max(k[1] for k in m.calls if k[0] == what) for what in ("interior", "admm"))
    costs = {
        "border factored on every rank": lambda n: hours * m.c_b * (m.per_region * n) ** 1.5,
        "border gathered on every rank": lambda n: c["gathered"] / n_i * n * hours / NETWORK["bandwidth"],
        "latency of collectives": lambda n: c["collectives"] * 2 * math.log2(max(n, 2)) * NETWORK["latency"],
        "ADMM: sums gathered by region": lambda n: 2 * a["gathered"] / n_a * n / NETWORK["bandwidth"],
        "rank 0 writes (per solve of 30 iterations)":
            lambda n: (m.steps["commit_seconds"][0] + m.steps["finish_seconds"][0]) * n * buses * hours / 30,
        "every rank reads all (per 30 iterations)": lambda n: m.read * n * buses / 30,
    }
    rows = []
    for name, cost in costs.items():
        against = m.local * m.a_a * (buses * hours) ** m.e_a if name.startswith("ADMM") else base
        n = 2
        while cost(n) < against and n < 2 ** 40:
            n *= 1.1
        rows.append((n, [name, f"{n:.2g}" if n < 2 ** 40 else "never"]))
    table(["part", "regions"], [row for _, row in sorted(rows)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--latency", type=float, default=NETWORK["latency"], help="s")
    parser.add_argument("--bandwidth", type=float, default=NETWORK["bandwidth"], help="bytes/s")
    options = parser.parse_args()
    if (options.latency, options.bandwidth) != (NETWORK["latency"], NETWORK["bandwidth"]):
        NETWORK.update(name="the network given", latency=options.latency, bandwidth=options.bandwidth)
    if options.source:
        with open(options.source) as f:
            data = json.load(f)
    else:
        data = measure(options.build, options.quick)
    if options.keep:
        with open(options.keep, "w") as f:
            json.dump(data, f)
    model = Model(data)
    print_measured(model)
    print_check(model)
    print_projection(model)


if __name__ == "__main__":
    main()
