"""A second, plain formulation of PyPSA's planning problem, solved by GLPK: an explicit row for every limit, a balance for
each bus and snapshot, bus angles for Kirchhoff's voltage law. It reads a folder with nothing but csv, and serves to
check the program's own formulation and solver, and solutions that it has written."""
import csv
import math
import os
import subprocess

INF = math.inf
NOM = {"generators": "p_nom", "links": "p_nom", "storage_units": "p_nom", "stores": "e_nom", "lines": "s_nom",
       "transformers": "s_nom"}
DEFAULT = {
    "generators": {"p_min_pu": 0, "p_max_pu": 1, "sign": 1, "efficiency": 1, "e_sum_min": -INF, "e_sum_max": INF},
    "links": {"p_min_pu": 0, "p_max_pu": 1, "efficiency": 1},
    "storage_units": {"p_min_pu": -1, "p_max_pu": 1, "sign": 1, "max_hours": 1, "efficiency_store": 1,
                      "efficiency_dispatch": 1},
    "stores": {"e_min_pu": 0, "e_max_pu": 1, "sign": 1},
    "lines": {"s_max_pu": 1}, "transformers": {"s_max_pu": 1, "tap_ratio": 1}, "loads": {"sign": -1},
    "buses": {"v_nom": 1}}
MISSING = ("p_set", "ramp_limit_up", "ramp_limit_down", "state_of_charge_set", "overnight_cost", "discount_rate",
           "e_set", "investment_period")


class Unsupported(Exception):
    """The folder has something that this formulation, as PyPSA, does not take."""


def rows_of(folder, name):
    path = os.path.join(folder, name + ".csv")
    if not os.path.exists(path):
        return []
    with open(path, newline="") as stream:
        return list(csv.reader(stream))


class Table:
    """One kind of component: static values, and series where there are some."""

    def __init__(self, folder, kind):
        rows = rows_of(folder, kind)
        self.kind = kind
        self.row = {r[0]: {c: v for c, v in zip(rows[0][1:], r[1:]) if v != ""} for r in rows[1:]} if rows else {}
        self.series = {}
        for entry in sorted(os.listdir(folder)):
            if entry.startswith(kind + "-"):
                attribute = entry[len(kind) + 1:-4]
                values = rows_of(folder, entry[:-4])
                for k, name in enumerate(values[0]):
                    if k:
                        self.series[attribute, name] = [r[k] for r in values[1:]]

    def default(self, attribute):
        if attribute in MISSING:
            return math.nan
        if attribute.endswith(("_nom_max", "lifetime", "max_growth")):
            return INF
        return DEFAULT.get(self.kind, {}).get(attribute, 0)

    def number(self, name, attribute, t=None):
        text = self.row[name].get(attribute, "")
        if t is not None and (attribute, name) in self.series:
            text = self.series[attribute, name][t]
        return float(text) if text != "" else self.default(attribute)

    def text(self, name, attribute, default=""):
        return self.row[name].get(attribute, default)

    def true(self, name, attribute, default=False):
        text = self.row[name].get(attribute)
        return default if text is None else text.lower() in ("true", "1", "1.0")


class Reference:
    def __init__(self, folder):
        self.table = {k: Table(folder, k) for k in list(NOM) + ["buses", "loads", "carriers", "global_constraints"]}
        self.read_times(folder)
        self.low, self.high, self.cost = {}, {}, {}  # of variables, by key
        self.rows = {}  # key: (coefficients, sense, right-hand side)
        self.constant = 0.0
        for build in (self.capacities, self.power, self.storage, self.kirchhoff, self.ramps, self.balances,
                      self.global_constraints, self.growth):
            build()

    def read_times(self, folder):
        rows = rows_of(folder, "snapshots")
        column = {name: k for k, name in enumerate(rows[0])}
        self.count = len(rows) - 1
        self.times = range(self.count)
        self.w, self.h, self.g = ([float(r[column[c]]) for r in rows[1:]]
                                  for c in ("objective", "stores", "generators"))
        self.periods = [int(r[0]) for r in rows_of(folder, "investment_periods")[1:]]
        self.period_weight = {int(r[0]): float(r[1]) for r in rows_of(folder, "investment_periods")[1:]}
        self.period_years = {int(r[0]): float(r[2]) for r in rows_of(folder, "investment_periods")[1:]}
        self.period_of = [int(r[column["period"]]) if self.periods else None for r in rows[1:]]
        years = [sum(w for w, p in zip(self.w, self.period_of) if p == q) / 8760 for q in self.periods or [None]]
        self.years = years[0]

    def money(self, t):
        return self.w[t] * self.period_weight.get(self.period_of[t], 1)

    def active(self, kind, name, period):
        table = self.table[kind]
        if not table.true(name, "active", True):
            return False
        built = table.number(name, "build_year")
        return period is None or built <= period < built + table.number(name, "lifetime")

    def on(self, kind, name):
        """Snapshots at which a component is there."""
        return [t for t in self.times if self.active(kind, name, self.period_of[t])]

    def ever(self, kind, name):
        return any(self.active(kind, name, p) for p in self.periods or [None])

    def variable(self, key, low=-INF, high=INF, cost=0.0):
        self.low[key], self.high[key], self.cost[key] = low, high, self.cost.get(key, 0) + cost
        return key

    def row(self, key, terms, sense, side):
        total = {}
        for variable, value in terms:
            total[variable] = total.get(variable, 0) + value
        self.rows[key] = (total, sense, side)

    def annual(self, kind, name, with_fom=True):
        table = self.table[kind]
        cost, overnight = table.number(name, "capital_cost"), table.number(name, "overnight_cost")
        if not math.isnan(overnight):
            r, n = table.number(name, "discount_rate"), table.number(name, "lifetime")
            cost = overnight * (1 / n if r == 0 else r / (1 - (1 + r) ** -n)) * self.years
        return cost + (table.number(name, "fom_cost") if with_fom else 0)

    def extendable(self, kind, name):
        return self.table[kind].true(name, NOM[kind] + "_extendable")

    def capacities(self):
        for kind, nom in NOM.items():
            table = self.table[kind]
            for name in table.row:
                if not self.extendable(kind, name) or not table.true(name, "active", True):
                    continue  # one that no period sees has its limits all the same
                weight = sum(self.period_weight.get(p, 1) for p in self.periods or [None]
                             if self.active(kind, name, p))
                cost = weight * self.annual(kind, name)
                key = self.variable((kind, nom, name), cost=cost)
                self.constant += cost * table.number(name, nom)
                self.row(("least", key), [(key, 1)], ">=", table.number(name, nom + "_min"))
                if table.number(name, nom + "_max") < INF:
                    self.row(("most", key), [(key, 1)], "<=", table.number(name, nom + "_max"))
                if table.text(name, nom + "_set"):
                    self.row(("set", key), [(key, 1)], "=", table.number(name, nom + "_set"))

    def limit(self, label, key, sense, share, kind, name):
        """key <= or >= share times capacity, which is planned or given."""
        nom = NOM[kind]
        if self.extendable(kind, name):
            self.row((label, key), [(key, 1), ((kind, nom, name), -share)], sense, 0)
        elif not math.isinf(self.table[kind].number(name, nom)):
            self.row((label, key), [(key, 1)], sense, share * self.table[kind].number(name, nom))

    def power(self):
        for kind in ("generators", "links", "lines", "transformers"):
            table, branch = self.table[kind], kind in ("lines", "transformers")
            for name in table.row:
                for t in self.on(kind, name):
                    key = self.variable((kind, "p" if kind == "generators" else "p0", name, t),
                                        cost=0 if branch else table.number(name, "marginal_cost", t) * self.money(t))
                    high = table.number(name, "s_max_pu" if branch else "p_max_pu", t)
                    low = -high if branch else table.number(name, "p_min_pu", t)
                    self.limit("upper", key, "<=", high, kind, name)
                    self.limit("lower", key, ">=", low, kind, name)
                    self.given(kind, name, "p_set", t, key)
                self.energy_sum(kind, name)

    def given(self, kind, name, attribute, t, key):
        value = self.table[kind].number(name, attribute, t)
        if not math.isnan(value) and kind not in ("lines", "transformers"):
            self.row(("given", key), [(key, 1)], "=", value)

    def energy_sum(self, kind, name):
        if kind != "generators" or not self.on(kind, name):
            return
        terms = [((kind, "p", name, t), self.g[t]) for t in self.on(kind, name)]
        for attribute, sense in (("e_sum_min", ">="), ("e_sum_max", "<=")):
            if not math.isinf(self.table[kind].number(name, attribute)):
                self.row((attribute, name), terms, sense, self.table[kind].number(name, attribute))

    def before(self, kind, name, prefix, initial):
        """{snapshot: the snapshot whose level it begins with, or None for the initial one}."""
        table, on = self.table[kind], self.on(kind, name)
        cyclic = table.true(name, prefix)
        by_period = table.true(name, prefix + "_per_period") and bool(self.periods)
        anew = table.true(name, initial + "_per_period") and bool(self.periods)
        found = {}
        for group in ([[t for t in on if self.period_of[t] == p] for p in self.periods] if by_period or anew else [on]):
            for k, t in enumerate(group):
                wrap = by_period if by_period or anew else cyclic
                found[t] = group[k - 1] if k else group[-1] if wrap else None
        return found

    def storage(self):
        for kind, level, prefix, initial in (
                ("storage_units", "state_of_charge", "cyclic_state_of_charge", "state_of_charge_initial"),
                ("stores", "e", "e_cyclic", "e_initial")):
            table = self.table[kind]
            for name in table.row:
                before = self.before(kind, name, prefix, initial)
                for t in before:
                    key = self.variable((kind, level, name, t),
                                        cost=table.number(name, "marginal_cost_storage", t) * self.money(t))
                    flows, inflow = (self.unit if kind == "storage_units" else self.store)(name, t, key)
                    kept = (1 - table.number(name, "standing_loss", t)) ** self.h[t]
                    start = table.number(name, initial)
                    terms = [(key, 1)] + flows + ([((kind, level, name, before[t]), -kept)]
                                                  if before[t] is not None else [])
                    self.row(("level", key), terms, "=", (start if before[t] is None else 0) + inflow)
                    self.given(kind, name, level + "_set", t, key)

    def unit(self, name, t, level):
        table, h = self.table["storage_units"], self.h[t]
        dispatch = self.variable(("storage_units", "p_dispatch", name, t), 0,
                                 cost=table.number(name, "marginal_cost", t) * self.money(t))
        store = self.variable(("storage_units", "p_store", name, t), 0)
        self.low[level] = 0
        self.limit("upper", dispatch, "<=", table.number(name, "p_max_pu", t), "storage_units", name)
        self.limit("upper", store, "<=", -table.number(name, "p_min_pu", t), "storage_units", name)
        self.limit("upper", level, "<=", table.number(name, "max_hours"), "storage_units", name)
        flows = [(dispatch, h / table.number(name, "efficiency_dispatch", t)),
                 (store, -h * table.number(name, "efficiency_store", t))]
        inflow = table.number(name, "inflow", t)
        if inflow > 0:
            spill = self.variable(("storage_units", "spill", name, t), 0,
                                  cost=table.number(name, "spill_cost", t) * self.money(t))
            self.row(("upper", spill), [(spill, 1)], "<=", inflow)
            flows.append((spill, h))
        return flows, h * inflow

    def store(self, name, t, level):
        table = self.table["stores"]
        power = self.variable(("stores", "p", name, t), cost=table.number(name, "marginal_cost", t) * self.money(t))
        self.limit("upper", level, "<=", table.number(name, "e_max_pu", t), "stores", name)
        self.limit("lower", level, ">=", table.number(name, "e_min_pu", t), "stores", name)
        self.given("stores", name, "p_set", t, power)
        return [(power, self.h[t])], 0

    def kirchhoff(self):
        for bus in self.table["buses"].row:
            for t in self.times:
                self.variable(("buses", "v_ang", bus, t))
        for kind in ("lines", "transformers"):
            table = self.table[kind]
            for name in table.row:
                bus0, bus1 = table.text(name, "bus0"), table.text(name, "bus1")
                impedance = table.number(name, "r" if self.table["buses"].text(bus0, "carrier") == "DC" else "x")
                if kind == "lines":
                    impedance /= self.table["buses"].number(bus0, "v_nom") ** 2
                else:
                    impedance *= table.number(name, "tap_ratio") / table.number(name, "s_nom")
                for t in self.on(kind, name):
                    self.row(("voltage", kind, name, t),
                             [((kind, "p0", name, t), 1), (("buses", "v_ang", bus0, t), -1 / impedance),
                              (("buses", "v_ang", bus1, t), 1 / impedance)], "=",
                             -math.radians(table.number(name, "phase_shift")) / impedance)

    def ramps(self):
        for kind, attribute in (("generators", "p"), ("links", "p0")):
            for name in self.table[kind].row:
                on = self.on(kind, name)
                for t in on:
                    if t - 1 not in on or self.period_of[t - 1] != self.period_of[t]:
                        continue
                    for limit, sign in (("ramp_limit_up", 1), ("ramp_limit_down", -1)):
                        self.ramp(kind, attribute, name, t, limit, sign)

    def ramp(self, kind, attribute, name, t, limit, sign):
        share = self.table[kind].number(name, limit, t)
        if math.isnan(share):
            return
        terms = [((kind, attribute, name, t), sign), ((kind, attribute, name, t - 1), -sign)]
        if self.extendable(kind, name):
            self.row((limit, kind, name, t), terms + [((kind, "p_nom", name), -share)], "<=", 0)
        else:
            self.row((limit, kind, name, t), terms, "<=", share * self.table[kind].number(name, "p_nom"))

    def balances(self):
        injection = {(bus, t): [] for bus in self.table["buses"].row for t in self.times}
        demand = dict.fromkeys(injection, 0.0)
        for kind, parts in (("generators", [("p", 1)]), ("stores", [("p", 1)]),
                            ("storage_units", [("p_dispatch", 1), ("p_store", -1)])):
            table = self.table[kind]
            for name in table.row:
                for t in self.on(kind, name):
                    injection[table.text(name, "bus"), t] += [
                        ((kind, part, name, t), sign * table.number(name, "sign")) for part, sign in parts]
        for kind in ("lines", "transformers", "links"):
            for name in self.table[kind].row:
                for t in self.on(kind, name):
                    for bus, share in self.ends(kind, name, t):
                        injection[bus, t].append(((kind, "p0", name, t), share))
        loads = self.table["loads"]
        for name in loads.row:
            for t in self.times if loads.true(name, "active", True) else []:
                value = loads.number(name, "p_set", t)
                demand[loads.text(name, "bus"), t] -= loads.number(name, "sign") * (0 if math.isnan(value) else value)
        for bus, t in injection:
            if demand[bus, t] and not injection[bus, t]:
                raise Unsupported("a load that nothing can serve")
            self.row(("balance", bus, t), injection[bus, t], "=", demand[bus, t])

    def ends(self, kind, name, t):
        table = self.table[kind]
        yield table.text(name, "bus0"), -1
        yield table.text(name, "bus1"), table.number(name, "efficiency", t) if kind == "links" else 1
        for port in range(2, 6):
            if kind == "links" and table.text(name, f"bus{port}"):
                yield table.text(name, f"bus{port}"), table.number(name, f"efficiency{port}", t)

    def global_constraints(self):
        table = self.table["global_constraints"]
        for name in table.row:
            period = table.number(name, "investment_period")
            period = None if math.isnan(period) else int(period)
            kind = table.text(name, "type")
            if kind in ("primary_energy", "operational_limit"):
                terms, side = self.energy_limit(name, kind, period)
            else:
                terms, side = self.capacity_limit(name, kind, period), 0
            if terms:
                self.row(("global", name), terms, table.text(name, "sense").replace("==", "="),
                         table.number(name, "constant") - side)

    def energy_limit(self, name, kind, period):
        attribute = self.table["global_constraints"].text(name, "carrier_attribute")
        rate = {c: self.table["carriers"].number(c, attribute) for c in self.table["carriers"].row} \
            if kind == "primary_energy" else {attribute: 1}
        terms, side = [], 0
        for unit in self.table["generators"].row:
            emission = rate.get(self.table["generators"].text(unit, "carrier"), 0)
            for t in self.on("generators", unit) if emission else []:
                if period in (None, self.period_of[t]):
                    efficiency = self.table["generators"].number(unit, "efficiency", t)
                    terms.append((("generators", "p", unit, t), self.g[t] * self.period_years.get(self.period_of[t], 1)
                                  * emission / (efficiency if kind == "primary_energy" else 1)))
        for component, level, prefix, initial in (
                ("storage_units", "state_of_charge", "cyclic_state_of_charge", "state_of_charge_initial"),
                ("stores", "e", "e_cyclic", "e_initial")):
            table = self.table[component]
            for unit in table.row:
                emission = rate.get(self.carrier(component, unit), 0)
                if not emission or table.true(unit, prefix) or not self.on(component, unit) or (
                        period is not None and not self.active(component, unit, period)):
                    continue
                more, constant = self.depletion(component, unit, level, initial, emission, period)
                terms += more
                side += constant
        return terms, side

    def depletion(self, component, unit, level, initial, emission, period):
        on, start = self.on(component, unit), self.table[component].number(unit, initial)
        if self.periods and not self.table[component].true(unit, initial + "_per_period"):
            if any(y != 1 for y in self.period_years.values()):
                raise Unsupported("depletion over periods of several years")
            on = [t for t in on if period in (None, self.period_of[t])]
            return ([((component, level, unit, on[-1]), -emission)], emission * start) if on else ([], 0)
        terms, side = [], 0
        for p in self.periods or [None]:
            if period not in (None, p):
                continue
            last = [t for t in self.times if self.period_of[t] == p][-1]
            if last in on:
                terms.append(((component, level, unit, last), -emission * self.period_years.get(p, 1)))
                side += emission * start * self.period_years.get(p, 1)
        return terms, side

    def carrier(self, kind, name):
        """Lines, links and stores without a carrier have that of their (first) bus."""
        bus = {"lines": "bus0", "links": "bus0", "stores": "bus"}.get(kind)
        own = self.table[kind].text(name, "carrier")
        return own or (self.table["buses"].text(self.table[kind].text(name, bus), "carrier", "AC") if bus else "")

    def planned(self, period, kinds):
        for kind in kinds:
            for name in self.table[kind].row:
                if self.extendable(kind, name) and (self.active(kind, name, period) if period is not None
                                                    else self.table[kind].true(name, "active", True)):
                    yield kind, name, (kind, NOM[kind], name)

    def capacity_limit(self, constraint, kind, period):
        table = self.table["global_constraints"]
        carriers = [c.strip(" ()[]") for c in table.text(constraint, "carrier_attribute").split(",")]
        terms = []
        for unit, name, key in self.planned(period, list(NOM) if kind.startswith("tech") else ["lines", "links"]):
            row = self.table[unit]
            if unit == "transformers" or self.carrier(unit, name) not in carriers:
                continue
            if kind == "tech_capacity_expansion_limit":
                bus = table.text(constraint, "bus")
                if bus in ("", row.text(name, "bus0" if unit in ("lines", "links") else "bus")):
                    terms.append((key, 1))
            elif period is None and not self.ever(unit, name):
                continue
            elif kind == "transmission_volume_expansion_limit":
                terms.append((key, row.number(name, "length")))
            elif kind == "transmission_expansion_cost_limit":
                weight = 1 if period is not None else sum(self.period_weight.get(p, 1) for p in self.periods or [None]
                                                          if self.active(unit, name, p))
                terms.append((key, weight * self.annual(unit, name, with_fom=False)))
            else:
                raise Unsupported(kind)
        return terms

    def growth(self):
        for carrier in self.table["carriers"].row if self.periods else []:
            most = self.table["carriers"].number(carrier, "max_growth")
            relative = self.table["carriers"].number(carrier, "max_relative_growth")
            if math.isinf(most):
                continue
            new = {p: [] for p in self.periods}
            for kind, name, key in self.planned(None, [k for k in NOM if k != "transformers"]):
                if self.carrier(kind, name) == carrier and self.ever(kind, name):
                    new[next(p for p in self.periods if self.active(kind, name, p))].append(key)
            for p, previous in zip(self.periods, [None] + self.periods):
                terms = [(key, 1) for key in new[p]] + [(key, -relative) for key in new.get(previous, [])]
                if terms:
                    self.row(("growth", carrier, p), terms, "<=", most)

    def mps(self, shift=None):
        """The program in free MPS; shift: {row: change of its right-hand side}."""
        columns = {key: f"x{k}" for k, key in enumerate(self.low)}
        names = {key: f"r{k}" for k, key in enumerate(self.rows)}
        at = {key: [] for key in columns}
        text = ["NAME reference", "ROWS", " N cost"]
        for key, (terms, sense, _) in self.rows.items():
            text.append(f" {dict(zip(('<=', '>=', '='), 'LGE'))[sense]} {names[key]}")
            for variable, value in terms.items():
                at[variable].append((names[key], value))
        text.append("COLUMNS")
        for key, entries in at.items():
            text.append(f" {columns[key]} cost {self.cost[key]!r}")
            text += [f" {columns[key]} {row} {value!r}" for row, value in entries if value]
        text.append("RHS")
        for key, (_, _, side) in self.rows.items():
            text.append(f" RHS {names[key]} {side + (shift or {}).get(key, 0.0)!r}")
        text.append("BOUNDS")
        for key in columns:
            if math.isinf(self.low[key]):
                text.append(f" FR BND {columns[key]}")
            elif self.low[key]:
                text.append(f" LO BND {columns[key]} {self.low[key]!r}")
        return "\n".join(text + ["ENDATA", ""])

    def solve(self, directory, shift=None):
        """(status, cost with the constant) by GLPK's simplex method."""
        path, out = os.path.join(directory, "reference.mps"), os.path.join(directory, "reference.sol")
        with open(path, "w") as stream:
            stream.write(self.mps(shift))
        if os.path.exists(out):
            os.remove(out)
        run = subprocess.run(["glpsol", "--freemps", path, "--tmlim", "60", "-w", out], capture_output=True, text=True)
        with open(out if os.path.exists(out) else os.devnull) as stream:
            words = [line.split() for line in stream]
        for word in words:
            if word[0] == "s" and word[4:6] == ["f", "f"]:
                return "optimal", float(word[6])
        if "NO PRIMAL FEASIBLE" in run.stdout:
            return "infeasible", None
        if "UNBOUNDED" in run.stdout or "NO DUAL FEASIBLE" in run.stdout:
            return "unbounded", None
        return "unknown", None

    def range_of(self, directory, row, step):
        """Between which values the multiplier of a row must lie: slopes of the cost to both sides of its right-hand side."""
        here = self.solve(directory)[1]
        slopes = []
        for sign in (-1, 1):
            status, there = self.solve(directory, {row: sign * step})
            slopes.append(sign * (there - here) / step if status == "optimal" else sign * INF)
        return slopes

    def solution(self, folder):
        """The values of the variables that a solved folder holds."""
        table = {k: Table(folder, k) for k in list(NOM) + ["buses"]}
        found = {}
        for key in self.low:
            kind, attribute, name = key[:3]
            if len(key) == 3:
                found[key] = table[kind].number(name, attribute + "_opt")
            else:
                series = table[kind].series.get((attribute, name))
                found[key] = float(series[key[3]] or 0) if series else 0.0
        return found

    def violation(self, x):
        """The worst broken row, relative to the size of its terms: (by how much, which)."""
        worst = (0.0, None)
        for key, (terms, sense, side) in self.rows.items():
            value = sum(v * x[k] for k, v in terms.items())
            scale = max([1.0, abs(side)] + [abs(v * x[k]) for k, v in terms.items()])
            broken = {"<=": value - side, ">=": side - value, "=": abs(value - side)}[sense] / scale
            worst = max(worst, (broken, key), key=lambda w: w[0])
        for key, low in self.low.items():
            worst = max(worst, ((low - x[key]) / max(1.0, abs(x[key])), key), key=lambda w: w[0])
        return worst

    def cost_of(self, x):
        return sum(self.cost[key] * x[key] for key in x)
