#!/usr/bin/env python3
"""Trajectories of `archipelago stability` beside those of ANDES, an independent open program that reads the same PSS/E
files: the largest difference of each channel, system by system. docs/dynamics-validation.md explains what remains.

    python3 -m venv peer && peer/bin/pip install andes h5py
    peer/bin/python tests/bench/peer_andes.py --archipelago build/jobs/archipelago [--only TEXT] [--until S]

It needs the Python packages andes and h5py, which nothing else here uses, and says so where they are absent. Records
that ANDES knows by another name are renamed for it: EXDC1 and ESDC1A are its IEEEX1 (its ESDC1A does not start), WSIEG1
without dead bands and curve its IEEEG1. The mechanical power that ANDES's GENROU takes for a torque is divided by the
speed there, as PSS/E does; --as-is leaves that out. SEXS with TE = 0, on whose limits ANDES does not converge, has
0.02 s in both programs.
"""
import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile

try:
    import andes
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"peer_andes: not run, {missing.name} is not installed (pip install andes h5py)")
    sys.exit(0)

SHARED = os.environ.get("ARCHIPELAGO_SHARED_DATA",
                        os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/data"))
STEP = 1 / 240  # of ANDES's trapezoidal rule, s

# The textbook's nine buses, three machines on bases of their own. Bus, type, P, Q of the load, MW and Mvar.
NINE_BUSES = ((1, 3, 0, 0), (2, 2, 0, 0), (3, 2, 0, 0), (4, 1, 0, 0), (5, 1, 125, 50), (6, 1, 90, 30), (7, 1, 0, 0),
              (8, 1, 100, 35), (9, 1, 0, 0))
NINE_UNITS = ((1, 71.6, 1.04, 247.5), (2, 163.0, 1.025, 192.0), (3, 85.0, 1.025, 128.0))
NINE_LINES = ((4, 5, .01, .085, .176), (4, 6, .017, .092, .158), (5, 7, .032, .161, .306), (6, 9, .039, .17, .358),
              (7, 8, .0085, .072, .149), (8, 9, .0119, .1008, .209))
NINE_TRANSFORMERS = ((1, 4, .0576), (2, 7, .0625), (3, 9, .0586))

# One record of each model for all three machines.
MACHINE = {
    "GENROU": "6.0 0.05 0.8 0.06 4.0 0.0 1.8 1.75 0.6 0.8 0.23 0.15 0.09 0.38",
    "GENROU D": "6.0 0.05 0.8 0.06 4.0 2.0 1.8 1.75 0.6 0.8 0.23 0.15 0.0 0.0",
    "GENCLS": "4.0 1.0",
}
EXCITER = {
    "SEXS": "0.1 10 100 0.1 0 4",
    "SEXS free": "0.1 10 100 0.1 -99 99",
    "EXDC1": "0.02 40 0.05 0.1 0.08 99 -99 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "EXDC1 limits": "0.02 40 0.05 0.1 0.08 3.4 -2.0 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "IEEEX1": "0.02 40 0.05 0.1 0.08 3.4 -2.0 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "EXDC2": "0.02 40 0.05 0.1 0.08 999 -999 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "ESDC1A": "0.02 40 0.05 0.1 0.08 99 -99 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "ESDC2A": "0 40 0.05 0.1 0.08 999 -999 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "ESDC2A limits": "0 40 0.05 0.1 0.08 3.4 -2.0 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "IEEET1": "0.02 40 0.05 99 -99 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "IEEET1 limits": "0.02 40 0.05 3.4 -2.0 1.0 0.5 0.06 1.0 0 3.1 0.33 4.2 0.8",
    "EXST1": "0.02 99 -99 1.0 10.0 200 0.02 999 -999 0.05 0.01 1.0",
    "ESST1A": "1 1 0.02 99 -99 1.0 10.0 0.1 0.2 200 0.02 999 -999 999 -999 0.05 0.01 1.0 0 3",
    "ESST1A limits": "1 1 0.02 0.2 -0.2 1.0 10.0 0.1 0.2 200 0.02 5 -5 4 -3 0.05 0.01 1.0 0 3",
    "ESST1A KLR": "1 1 0.02 99 -99 1.0 10.0 0.1 0.2 200 0.02 999 -999 999 -999 0.05 0.01 1.0 4.5 3.0",
    "ESAC1A": "0.02 10 1 200 0.02 99 -99 0.8 0 1 0.2 0.38 1.0 4.18 0.1 3.14 0.03 99 -99",
    "EXAC1": "0 10 1 200 0.02 99 -99 0.8 0.03 1 0.2 0.38 1.0 4.18 0.1 3.14 0.03",
}
GOVERNOR = {
    "TGOV1": "0.05 0.5 2 0 2 7 0.2",
    "TGOV1 limits": "0.05 0.3 0.86 0.25 2 7 0",
    "IEEEG1": "0 0 20 0.2 0.05 0.3 1 -1 2 0 0.3 0.3 0 7 0.4 0 0.5 0.3 0 0 0 0",
    "IEEEG1 limits": "0 0 20 0.2 0.05 0.3 0.02 -0.03 0.87 0.2 0.3 0.3 0 7 0.4 0 0.5 0.3 0 0 0 0",
    "WSIEG1": "0 0 20 0.2 0.05 0.3 1 -1 2 0 0.3 0.3 0 7 0.4 0 0.5 0.3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "GAST": "0.05 0.4 0.1 3 2 2 2 -0.05 0.1",
    "GAST limits": "0.05 0.4 0.1 3 0.88 2 2 0.1 0",
    "HYGOV": "0.05 0.3 5 0.05 0.5 0.2 2 0 1.25 1.2 0.2 0.08",
    "HYGOV limits": "0.05 0.3 5 0.05 0.5 0.02 0.85 0 1.25 1.2 0 0.08",
    "IEESGO": "0.2 0.05 0.3 0.2 7 0.5 20 0.7 0.4 2 0",
}
STABILISER = {
    "IEEEST": "1 0 0 0 0 0 0 0 0.15 0.03 0.15 0.03 3 3 10 0.1 -0.1 0 0",
    "IEEEST filter": "1 0 0.061 0.0017 0.3 0.03 0.02 0.001 0.15 0.03 0.15 0.03 3 3 10 0.1 -0.1 0 0",
    "IEEEST power": "3 0 0 0 0 0 0 0 0.0 0.1 0.75 1 4.2 4.2 -2 0.1 -0.1 0 0",
    "IEEEST voltage": "5 0 0 0 0 0 0 0 0.0 0.1 0.75 1 4.2 4.2 0.2 0.1 -0.1 0 0",
}


# The order of PSS/E's record, and the one in which ANDES reads it.
REORDERED = {
    "ESST1A": ("UEL VOS TR VIMAX VIMIN TC TB TC1 TB1 KA TA VAMAX VAMIN VRMAX VRMIN KC KF TF KLR ILR",
               "UEL VOS TR VIMAX VIMIN TB TC TB1 TC1 VAMAX VAMIN KA TA ILR KLR VRMAX VRMIN KF TF KC"),
    "ESAC1A": ("TR TB TC KA TA VAMAX VAMIN TE KF TF KC KD KE E1 SE1 E2 SE2 VRMAX VRMIN",
               "TR TB TC VAMAX VAMIN KA TA VRMAX VRMIN TE E1 SE1 E2 SE2 KC KD KE KF TF"),
}


def nine_bus_raw(halved=False):
    """Revision 33 of the nine buses; `halved`: with half of their powers and machines on the system's base."""
    k = 0.5 if halved else 1.0
    out = ["0, 100.0, 33, 0, 1, 60.0 / nine buses", "three machines", ""]
    out += [f"{b},'BUS-{b}',{230.0 if b > 3 else 18.0},{kind},1,1,1,1.0,0.0,1.1,0.9,1.1,0.9"
            for b, kind, _, _ in NINE_BUSES]
    out += ["0 / END OF BUS DATA"]
    out += [f"{b},'1',1,1,1,{k * p},{k * q},0,0,0,0,1,1,0" for b, _, p, q in NINE_BUSES if p]
    out += ["0 / END OF LOAD DATA", "0 / END OF FIXED SHUNT DATA"]
    out += [f"{b},'1',{k * p},0,999,-999,{v},0,{100.0 if halved else s},0,0.23,0,0,1,1,100,999,0,1,1"
            for b, p, v, s in NINE_UNITS]
    out += ["0 / END OF GENERATOR DATA"]
    out += [f"{f},{t},'1',{r},{x},{b},0,0,0,0,0,0,0,1,1,0,1,1" for f, t, r, x, b in NINE_LINES]
    out += ["0 / END OF BRANCH DATA"]
    for f, t, x in NINE_TRANSFORMERS:
        out += [f"{f},{t},0,'1',1,1,1,0,0,2,'T',1,1,1", f"0,{x},100",
                "1,0,0,0,0,0,0,0,1.1,0.9,1.1,0.9,33,0,0,0,0", "1,0"]
    out += ["0 / END OF TRANSFORMER DATA"] + ["0 / END"] * 12 + ["Q", ""]
    return "\n".join(out)


def record(bus, model, parameters):
    return f"{bus} '{model.split()[0]}' 1 {parameters} /\n"


def one_model_dyr(table, name):
    """All machines with GENROU; the other models as the one under test needs them."""
    text = ""
    for bus in (1, 2, 3):
        machine = name if table is MACHINE else "GENROU"
        text += record(bus, machine, MACHINE[machine])
        if machine == "GENCLS":
            continue
        exciter = name if table is EXCITER else "SEXS free"
        text += record(bus, exciter, EXCITER[exciter])
        if table is GOVERNOR:
            text += record(bus, name, GOVERNOR[name])
        if table is STABILISER:
            text += record(bus, name, STABILISER[name])
    return text


def with_lag(dyr):
    """SEXS with TE = 0.02 s instead of zero."""
    return re.sub(r"('SEXS'\s+'?\S+(?:\s+[-+.\dEe]+){3}\s+)0\.0+(?:E[-+]?0+)?(\s)", r"\g<1>0.02\g<2>", dyr)


def for_andes(dyr):
    """The same records as ANDES names them."""
    out = ""
    for rec in re.split(r"/[^\n]*", dyr):
        word = rec.replace(",", " ").replace("'", " ").split()
        if len(word) < 3:
            continue
        if word[1] in ("EXDC1", "ESDC1A"):
            word[1] = "IEEEX1"
        if word[1] == "WSIEG1":
            word[1], word[3:] = "IEEEG1", word[3:25]
        if word[1] in REORDERED:
            order, of_andes = (text.split() for text in REORDERED[word[1]])
            given = dict(zip(order, word[3:]))
            word[3:] = [given[name] for name in of_andes]
        out += f"{word[0]} '{word[1]}' {' '.join(word[2:])} /\n"
    return out


class Events:
    """What happens to a system: its name, the events of `archipelago stability`, what ANDES is told, and when."""

    def __init__(self, name="", specs=(), peer=(), times=()):
        self.name, self.specs, self.peer, self.times = name, list(specs), list(peer), list(times)

    def __add__(self, other):
        return Events(f"{self.name}, {other.name}", self.specs + other.specs, self.peer + other.peer,
                      self.times + other.times)


def fault(bus, on=0.5, off=0.6):
    return Events(f"fault {bus}", [f"t={on},fault={bus},r=0,x=1e-4", f"t={off},clear={bus}"],
                  [("fault", dict(bus=bus, tf=on, tc=off, xf=1e-4, rf=0))], [on, off])


def trip(f, t, at=1.0):
    return Events(f"trip {f}-{t}", [f"t={at},trip={f}-{t}"], [("trip", (f, t, at))], [at])


def set_reference(bus, what, add, at=1.3):
    return Events(f"{what} {bus}", [f"t={at},set={bus}:1:{what},add={add}"], [("set", (bus, what, add, at))], [at])


def load_step(bus, share, p, q, at=2.0):
    return Events(f"load {bus}", [f"t={at},load={bus},p={share * p},q={share * q}"], [("load", (bus, 1 + share, at))],
                  [at])


def speed_divided(model):
    """Makes a machine of ANDES take the mechanical power as such: M dw/dt = (Pm - D w)/(1 + w) - Te."""
    plain = model.f_update

    def update():
        plain()
        omega = model.omega.v
        model.omega.e[:] += model.ue.v * (model.tm.v - model.D.v * (omega - 1)) * (1 / omega - 1)

    model.f_update = update


def change(system, model, device, source, at, method, amount):
    system.add("Alter", dict(model=model, dev=device, src=source, attr="v", t=at, method=method, amount=amount))


def add_event(system, kind, what):
    if kind == "fault":
        system.add("Fault", what)
    elif kind == "trip":
        line = [i for i in range(system.Line.n) if {system.Line.bus1.v[i], system.Line.bus2.v[i]} == set(what[:2])][0]
        system.add("Toggle", dict(model="Line", dev=system.Line.idx.v[line], t=what[2]))
    elif kind == "load":
        load = system.PQ.idx.v[list(system.PQ.bus.v).index(what[0])]
        for source in ("Req", "Xeq"):
            change(system, "PQ", load, source, what[2], "*", what[1])
    else:
        bus, reference, add, at = what
        unit, rating = [(m.idx.v[i], m.Sn.v[i]) for m in system.SynGen.models.values() for i in range(m.n)
                        if m.bus.v[i] == bus][0]
        group = system.Exciter if reference == "vref" else system.TurbineGov
        if reference == "pref":
            add *= rating / system.config.mva  # its powers are per unit on the system's base
        for name, m in group.models.items():
            for i in range(m.n):
                if m.syn.v[i] == unit:
                    change(system, name, m.idx.v[i], f"{reference}0", at, "+", add)


def run_andes(raw, dyr, events, until, as_is):
    with tempfile.NamedTemporaryFile("w", suffix=".dyr", delete=False) as handle:
        handle.write(for_andes(dyr))
    system = andes.load(raw, addfile=handle.name, setup=False, no_output=True, default_config=True)
    os.unlink(handle.name)
    for kind, what in events.peer:
        add_event(system, kind, what)
    system.setup()
    if system.GENROU.n and not as_is:
        speed_divided(system.GENROU)
    system.PFlow.config.tol = 1e-10
    system.PFlow.run()
    config = system.TDS.config
    config.tf, config.tstep, config.fixt, config.tol, config.no_tqdm, config.criteria = until, STEP, 1, 1e-8, 1, 0
    config.shrinkt, config.honest = 1, 0
    if not system.TDS.run():
        raise RuntimeError("ANDES did not finish")
    series, out = system.dae.ts, {"time": np.array(system.dae.ts.t)}
    out["bus"] = {int(b): series.y[:, system.Bus.v.a[i]] for i, b in enumerate(system.Bus.idx.v)}
    out["units"] = {}
    for m in system.SynGen.models.values():
        for i in range(m.n):
            share = system.config.mva / m.Sn.v[i]
            out["units"][int(m.bus.v[i])] = {
                "angle": np.degrees(series.x[:, m.delta.a[i]]), "speed": series.x[:, m.omega.a[i]] - 1,
                "Efd": series.y[:, m.vf.a[i]], "Pm": series.y[:, m.tm.a[i]] * share,
                "P": series.y[:, m.Pe.a[i]] * system.config.mva / 100,
                "Q": series.y[:, m.Qe.a[i]] * system.config.mva / 100,
            }
    return out


def run_archipelago(program, raw, dyr, events, until):
    with tempfile.TemporaryDirectory() as folder:
        path, result = os.path.join(folder, "case.dyr"), os.path.join(folder, "out.nc")
        with open(path, "w") as handle:
            handle.write(dyr)
        command = [program, "stability", raw, "--dynamics", path, "--until", str(until), "--dt-out", "0.0005",
                   "-o", result, "--rtol", "1e-7", "--atol", "1e-8", "--keep-going", "--voltage-recovery",
                   "none", "--frequency", "60"]  # ANDES takes 60 Hz, whatever the file says
        for spec in events.specs:
            command += ["--event", spec]
        done = subprocess.run(command, capture_output=True, text=True)
        if not os.path.exists(result):
            raise RuntimeError(done.stderr.strip() or done.stdout.strip())
        with h5py.File(result) as f:
            text = lambda name: [x.decode() if isinstance(x, bytes) else str(x) for x in f[name][()]]
            out = {"time": f["time"][()], "units": {}, "warnings": done.stderr.strip()}
            out["bus"] = {int(b): f["bus_vm_pu"][:, i] for i, b in enumerate(text("bus"))}
            for i, label in enumerate(text("machine")):
                out["units"][int(label.split(":")[0])] = {
                    "angle": f["machine_angle_deg"][:, i], "speed": f["machine_speed_dev_pu"][:, i],
                    "Efd": f["machine_efd_pu"][:, i], "Pm": f["machine_pmech_pu"][:, i],
                    "P": f["machine_p_mw"][:, i] / 100, "Q": f["machine_q_mvar"][:, i] / 100,
                }
    return out


CHANNELS = ("V", "angle", "speed", "Efd", "Pm", "P", "Q")


def differences(ours, theirs, events, until):
    """Largest difference of each channel, between instants of events; angles against the first machine, degrees."""
    grid = theirs["time"]
    grid = grid[grid < until - STEP]
    for at in events.times:
        grid = grid[np.abs(grid - at) > 2.5 * STEP]

    def sample(run, values):
        return np.interp(grid, run["time"], values)

    worst = dict.fromkeys(CHANNELS, 0.0)
    start = dict.fromkeys(CHANNELS, 0.0)

    def note(channel, delta):
        if not np.all(np.isnan(delta)):
            worst[channel] = max(worst[channel], np.nanmax(np.abs(delta)))
            start[channel] = max(start[channel], abs(delta[0]))

    for bus, values in theirs["bus"].items():
        note("V", sample(ours, ours["bus"][bus]) - sample(theirs, values))
    first = min(theirs["units"])
    for bus, unit in theirs["units"].items():
        for channel in CHANNELS[1:]:
            a, b = sample(ours, ours["units"][bus][channel]), sample(theirs, unit[channel])
            if channel == "angle":
                a -= sample(ours, ours["units"][first][channel])
                b = b - sample(theirs, theirs["units"][first][channel])
            note(channel, a - b)
    return worst, start


def cases():
    for kind, table in (("machine", MACHINE), ("exciter", EXCITER), ("governor", GOVERNOR), ("stabiliser", STABILISER)):
        for name in table:
            events = fault(7)
            if name != "GENCLS":
                steam = kind != "governor" or name.startswith(("IEEEG1", "WSIEG1", "IEESGO", "HYGOV"))
                events += set_reference(2, "vref", 0.02) if steam else set_reference(2, "pref", 0.05)
            # ANDES leaves some of these governors' parameters on the machine's base: there all bases are one.
            halved = name.startswith(("IEEEG1", "IEESGO", "HYGOV"))
            k = 0.5 if halved else 1.0
            yield name, halved, one_model_dyr(table, name), events + load_step(8, 0.2, k * 100, k * 35)
    yield "GENROU, line", False, one_model_dyr(MACHINE, "GENROU"), trip(5, 7, 0.5)
    folder = os.path.join(SHARED, "dynamics/gridpack")
    for name in ("kundur-twoarea", "kundur-twoarea_esst1a", "kundur-twoarea_wsieg1"):
        path = os.path.join(folder, "dyr", name + ".dyr")
        if os.path.exists(path):
            with open(path) as handle:
                yield (name, os.path.join(folder, "raw/kundur-twoarea_v33.raw"), with_lag(handle.read()),
                       fault(8) + trip(8, 9, 0.6))
    path = os.path.join(SHARED, "dynamics/griddyn/IEEE39")
    if os.path.exists(path + ".dyr"):
        with open(path + ".dyr") as handle:
            yield "griddyn IEEE39", path + ".raw", handle.read(), fault(16)
    folder = os.path.join(os.path.dirname(andes.__file__), "cases")
    for name, raw, dyr, events in (
            ("andes kundur", "kundur/kundur.raw", "kundur/kundur_full.dyr", fault(7) + trip(7, 8, 0.6)),
            ("andes wecc classical", "wecc/wecc.raw", "wecc/wecc_gencls.dyr", fault(1)),
            ("andes npcc", "npcc/npcc.raw", "npcc/npcc_full.dyr", fault(1))):
        if os.path.exists(os.path.join(folder, dyr)):
            with open(os.path.join(folder, dyr)) as handle:
                text = re.sub(r"(?m)^.*'Toggle.*$", "", handle.read())
            yield name, os.path.join(folder, raw), text, events


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--archipelago", default="build/jobs/archipelago")
    parser.add_argument("--only", default="", help="regular expression of names")
    parser.add_argument("--until", type=float, default=4.0)
    parser.add_argument("--as-is", action="store_true", help="ANDES's mechanical power stays a torque")
    parser.add_argument("--save", help="folder for the trajectories of both, .npz")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    andes.config_logger(stream_level=50)
    print(f"ANDES {andes.__version__}, step {STEP} s; V, P, Q, Efd, Pm, speed per unit, angle in degrees")
    print(f"{'system':24}" + "".join(f"{c:>10}" for c in CHANNELS) + "  at start   events")
    with tempfile.TemporaryDirectory() as folder:
        for name, raw, dyr, events in cases():
            if not isinstance(raw, str):
                with open(os.path.join(folder, "nine.raw"), "w") as handle:
                    handle.write(nine_bus_raw(raw))
                raw = handle.name
            if not re.search(arguments.only, name):
                continue
            try:
                ours = run_archipelago(arguments.archipelago, raw, dyr, events, arguments.until)
                theirs = run_andes(raw, dyr, events, arguments.until, arguments.as_is)
                worst, start = differences(ours, theirs, events, arguments.until)
                print(f"{name:24}" + "".join(f"{worst[c]:10.1e}" for c in CHANNELS) +
                      f"{max(start.values()):10.1e}   {events.name}", flush=True)
                if arguments.save:
                    os.makedirs(arguments.save, exist_ok=True)
                    np.savez(os.path.join(arguments.save, name.replace(" ", "_") + ".npz"), ours=ours, theirs=theirs)
            except Exception as problem:  # the table goes on
                print(f"{name:24}{str(problem)[:300]}", flush=True)


if __name__ == "__main__":
    main()
