"""Random PyPSA folders, seeded: small networks that use most of what the planning model has, in odd combinations."""
import csv
import os
import random

import planning

AC, DC, HEAT, GAS = "AC", "DC", "heat", "gas"


class Folder:
    """A network being made up. `mean` folders may be infeasible and are badly scaled now and then."""

    def __init__(self, seed, mean=False, quadratic=False):
        self.random = random.Random(seed)
        self.mean, self.quadratic = mean, quadratic
        self.tables, self.varying = {}, {}
        self.times()
        self.carriers()
        self.buses()
        self.generators()
        self.loads()
        self.branches()
        self.links()
        self.storage_units()
        self.stores()
        self.global_constraints()

    def chance(self, p):
        return self.random.random() < p

    def between(self, low, high):
        return round(self.random.uniform(low, high), 3)

    def values(self, low, high):
        return [self.between(low, high) for _ in range(self.count)]

    def add(self, kind, attributes, **varying):
        rows = self.tables.setdefault(kind, {})
        name = f"{kind[:3]}{len(rows)}"
        rows[name] = attributes
        for attribute, values in varying.items():
            self.vary(kind, name, attribute, values)
        return name

    def vary(self, kind, name, attribute, values):
        self.varying.setdefault(f"{kind}-{attribute}", {})[name] = values

    def maybe_varying(self, kind, name, attribute, low, high, p):
        """With probability p the attribute gets a value, half of the time one a snapshot."""
        if not self.chance(p):
            return
        if self.chance(0.5):
            self.vary(kind, name, attribute, self.values(low, high))
        else:
            self.tables[kind][name][attribute] = self.between(low, high)

    def times(self):
        n = self.random.randint(3, 8)
        self.periods = {}
        if self.chance(0.4):
            for k in range(self.random.randint(2, 3)):
                years = self.random.choice([1, 5, 10])
                self.periods[2030 + 10 * k] = (self.between(0.5, 10), years)
            if self.chance(0.3):
                self.periods = {year: (w, 1) for year, (w, _) in self.periods.items()}
            n = min(n, 5)
        labels = planning.hours(n)
        self.snapshots = [(year, label) for year in self.periods for label in labels] if self.periods else labels
        self.count = len(self.snapshots)
        kind = self.random.random()
        ones, random_weights = [1.0] * self.count, self.values(0.5, 4)
        self.even = not self.periods or kind < 0.3 or self.chance(0.5)  # a year is as long in each period
        if self.periods and self.even:
            random_weights = random_weights[:n] * len(self.periods)
        self.weights = [[a, b, c] for a, b, c in zip(
            ones if kind < 0.3 else random_weights,
            ones if kind < 0.3 else random_weights if kind < 0.6 else self.values(0.5, 4),
            ones if kind < 0.3 else random_weights if kind < 0.6 else self.values(0.5, 4))]
        self.years = list(self.periods)

    def carriers(self):
        rows = {AC: {}, DC: {}, HEAT: {}, GAS: {"co2_emissions": 0.2}, "wind": {}, "coal": {"co2_emissions": 0.9},
                "oil": {"co2_emissions": self.between(0.2, 0.4)}, "water": {}, "battery": {}, "tank": {}}
        if self.periods and self.chance(0.4):
            for name in ("wind", "battery", GAS):
                if self.chance(0.6):
                    rows[name]["max_growth"] = self.between(5, 60)
                    if self.chance(0.4):
                        rows[name]["max_relative_growth"] = self.between(0.1, 1.5)
        if self.chance(0.2):
            rows["tank"]["co2_emissions"] = self.between(0.1, 1)
        if self.chance(0.2):
            rows["water"]["co2_emissions"] = self.between(-0.2, 0.3)
        self.tables["carriers"] = rows

    def buses(self):
        rows = {}
        for k in range(self.random.randint(2, 5)):
            carrier = self.random.choice([AC, AC, AC, DC, HEAT]) if k else AC
            rows[f"b{k}"] = {"carrier": carrier, "v_nom": self.random.choice([110, 220, 380])}
        self.tables["buses"] = rows
        self.bus = list(rows)

    def of_carrier(self, carrier):
        return [b for b in self.bus if self.tables["buses"][b]["carrier"] == carrier]

    def span(self, row):
        """Years of building and living, or nothing."""
        if self.periods and self.chance(0.7):
            row["build_year"] = self.random.choice([2020] + self.years)
            row["lifetime"] = self.random.choice([10, 20, 25, "inf"])
        elif self.chance(0.1):
            row["build_year"], row["lifetime"] = 1990, 10
            if self.periods:
                row["lifetime"] = 60
        if self.chance(0.04):
            row["active"] = False

    def capacity(self, row, nom, typical, p=0.5):
        """Given or planned, with its limits and costs."""
        row[nom] = self.between(0, typical)
        if self.chance(p):
            row[nom + "_extendable"] = True
            if self.chance(0.5):
                row[nom] = 0
            if self.chance(0.3):
                row[nom + "_min"] = self.between(0, 0.3 * typical)
            if self.chance(0.7):
                row[nom + "_max"] = self.between(0.5 * typical, 3 * typical)
            if self.chance(0.08):
                row[nom + "_set"] = self.between(0.3 * typical, 0.5 * typical)
        kind = self.random.random()
        if kind < 0.7:
            row["capital_cost"] = self.between(1, 60)
        elif kind < 0.9 and self.even:
            row["overnight_cost"] = self.between(50, 800)
            if self.chance(0.9):
                row["discount_rate"] = self.between(0, 0.1) if self.chance(0.8) else 0
            else:
                row["discount_rate"] = 0.05
            if "lifetime" not in row:
                row["lifetime"] = 25
        if self.chance(0.3):
            row["fom_cost"] = self.between(0, 10)

    def generators(self):
        for bus in self.bus:
            for _ in range(self.random.randint(1, 3)):
                self.generator(bus)
            if not self.mean or self.chance(0.7):
                self.add("generators", {"bus": bus, "carrier": "shed", "p_nom": 2000,
                                        "marginal_cost": self.between(300, 900)})
                self.tables["carriers"]["shed"] = {}
            if not self.mean or self.chance(0.7):
                self.add("generators", {"bus": bus, "carrier": "shed", "p_nom": 2000, "sign": -1,
                                        "marginal_cost": self.between(0, 30)})
                self.tables["carriers"]["shed"] = {}

    def generator(self, bus):
        row = {"bus": bus, "carrier": self.random.choice(["wind", GAS, "coal", "oil", ""]),
               "marginal_cost": self.between(0, 80)}
        self.span(row)
        self.capacity(row, "p_nom", 120)
        name = self.add("generators", row)
        self.maybe_varying("generators", name, "p_max_pu", 0.1, 1, 0.5)
        self.maybe_varying("generators", name, "p_min_pu", 0, 0.1, 0.2)
        self.maybe_varying("generators", name, "efficiency", 0.3, 0.9, 0.4)
        self.maybe_varying("generators", name, "marginal_cost", -5, 80, 0.2)
        self.maybe_varying("generators", name, "ramp_limit_up", 0.1, 1, 0.15)
        self.maybe_varying("generators", name, "ramp_limit_down", 0.1, 1, 0.15)
        if self.chance(0.06):
            row["sign"] = self.random.choice([-1, 0.5])
        if self.chance(0.1) and not self.mean:
            row["p_min_pu"] = -0.4
            self.vary("generators", name, "p_min_pu", [-0.4] * self.count)
        if self.chance(0.1):
            row["e_sum_max"] = self.between(100, 400)
        if self.chance(0.08):
            row["e_sum_min"] = self.between(1, 20)
        if self.chance(0.06):
            row["p_nom"] = max(row["p_nom"], 50)
            values = self.values(1, 4)
            if self.chance(0.5):
                values = [v if self.chance(0.5) else "" for v in values]
            self.vary("generators", name, "p_set", values)
        if self.quadratic and self.chance(0.4):
            row["marginal_cost_quadratic"] = self.between(0.01, 0.5)

    def loads(self):
        for bus in self.bus:
            if self.chance(0.8):
                row = {"bus": bus}
                name = self.add("loads", row)
                self.maybe_varying("loads", name, "p_set", 5, 120, 0.97)
                if self.chance(0.05):
                    row["sign"] = self.random.choice([1, -0.5])
                if self.chance(0.05):
                    row["active"] = False
        if "loads" not in self.tables:
            self.add("loads", {"bus": self.bus[0], "p_set": 40})

    def branches(self):
        ac, dc = self.of_carrier(AC), self.of_carrier(DC)
        for buses in (ac, dc):
            if len(buses) < 2:
                continue
            for _ in range(self.random.randint(1, len(buses) + 2)):
                bus0, bus1 = self.random.sample(buses, 2)
                same = len({self.tables["buses"][b]["v_nom"] for b in (bus0, bus1)}) == 1
                if self.chance(0.7):
                    self.line(bus0, bus1)
                elif buses is ac or same:
                    self.transformer(bus0, bus1)

    def line(self, bus0, bus1):
        row = {"bus0": bus0, "bus1": bus1, "x": self.between(0.5, 30), "r": self.between(0.1, 5),
               "length": self.between(10, 300), "carrier": AC}
        self.span(row)
        self.capacity(row, "s_nom", 80, 0.4)
        if self.chance(0.3):
            row["s_max_pu"] = self.between(0.5, 1)
        name = self.add("lines", row)
        if self.chance(0.1):
            self.vary("lines", name, "s_max_pu", self.values(0.4, 1))

    def transformer(self, bus0, bus1):
        row = {"bus0": bus0, "bus1": bus1, "x": self.between(0.05, 0.3), "r": self.between(0.005, 0.02)}
        self.span(row)
        self.capacity(row, "s_nom", 80, 0.3)
        row["s_nom"] = max(row["s_nom"], 20)
        if self.chance(0.4):
            row["tap_ratio"] = self.between(0.9, 1.1)
        if self.chance(0.4):
            row["phase_shift"] = self.between(-5, 5)
        self.add("transformers", row)

    def links(self):
        for _ in range(self.random.randint(0, 4)):
            bus0, bus1 = self.random.sample(self.bus, 2)
            row = {"bus0": bus0, "bus1": bus1, "carrier": self.random.choice([DC, "battery", ""]),
                   "efficiency": self.between(0.5, 1), "length": self.between(10, 300)}
            if self.chance(0.7):
                row["marginal_cost"] = self.between(0, 5)
            self.span(row)
            self.capacity(row, "p_nom", 60)
            name = self.add("links", row)
            if self.chance(0.3):
                row["efficiency"], row["p_min_pu"] = 1, -1
            if self.chance(0.35):
                row["bus2"], row["efficiency2"] = self.random.choice(self.bus), self.between(-0.5, 0.6)
                if self.chance(0.3):
                    row["bus3"], row["efficiency3"] = self.random.choice(self.bus), self.between(-0.5, 0.6)
            self.maybe_varying("links", name, "p_max_pu", 0.2, 1, 0.3)
            self.maybe_varying("links", name, "efficiency", 0.3, 0.9, 0.15)
            if "bus2" in row:
                self.maybe_varying("links", name, "efficiency2", -0.5, 0.6, 0.15)
            self.maybe_varying("links", name, "ramp_limit_up", 0.1, 1, 0.15)
            self.maybe_varying("links", name, "ramp_limit_down", 0.1, 1, 0.15)
            if self.chance(0.05):
                self.vary("links", name, "p_set", [v if self.chance(0.5) else "" for v in self.values(1, 4)])
                row["p_nom"] = max(row["p_nom"], 20)

    def storage_units(self):
        for _ in range(self.random.randint(0, 3)):
            row = {"bus": self.random.choice(self.bus), "carrier": self.random.choice(["water", "battery"]),
                   "max_hours": self.between(1, 8)}
            if self.chance(0.5):
                row["marginal_cost"] = self.between(0, 4)
            self.span(row)
            self.capacity(row, "p_nom", 60)
            name = self.add("storage_units", row)
            if self.chance(0.6):
                row["efficiency_store"], row["efficiency_dispatch"] = self.between(0.7, 1), self.between(0.7, 1)
            if self.chance(0.3):
                row["standing_loss"] = self.between(0, 0.05)
            if self.chance(0.5):
                row["cyclic_state_of_charge"] = True
            else:
                row["state_of_charge_initial"] = self.between(0, 10)
            if self.periods and self.chance(0.5):
                row["cyclic_state_of_charge_per_period"] = self.chance(0.5)
                row["state_of_charge_initial_per_period"] = self.chance(0.5)
            if self.chance(0.4):
                self.maybe_varying("storage_units", name, "inflow", 0, 30, 1)
                row["p_nom"] = max(row["p_nom"], 10)
                if self.chance(0.4):
                    row["p_min_pu"] = 0
                if self.chance(0.3):
                    row["spill_cost"] = self.between(0, 9)
            if self.chance(0.1):
                row["marginal_cost_storage"] = self.between(0, 1)
            self.maybe_varying("storage_units", name, "p_max_pu", 0.5, 1, 0.2)
            if self.chance(0.06):
                row["sign"] = 0.8
            if self.chance(0.08):
                row["p_nom"], row["max_hours"] = 50, 6
                self.vary("storage_units", name, "state_of_charge_set",
                          [3.0 if self.chance(0.2) else "" for _ in range(self.count)])

    def stores(self):
        for _ in range(self.random.randint(0, 3)):
            row = {"bus": self.random.choice(self.bus), "carrier": self.random.choice(["tank", "battery", ""])}
            if self.chance(0.5):
                row["marginal_cost"] = self.between(-1, 1)
            self.span(row)
            self.capacity(row, "e_nom", 200)
            name = self.add("stores", row)
            if self.chance(0.3):
                row["standing_loss"] = self.between(0, 0.05)
            if self.chance(0.5):
                row["e_cyclic"] = True
            else:
                row["e_initial"] = self.between(0, 20)
                row["e_nom"] = max(row["e_nom"], 30)
            if self.periods and self.chance(0.5):
                row["e_cyclic_per_period"] = self.chance(0.5)
                row["e_initial_per_period"] = self.chance(0.5)
            if self.chance(0.15) and not row.get("e_initial"):
                row["e_min_pu"] = -1 if self.chance(0.5) else self.between(0, 0.1)
            self.maybe_varying("stores", name, "e_max_pu", 0.5, 1, 0.2)
            if self.chance(0.1):
                row["marginal_cost_storage"] = self.between(0, 1)
            if self.chance(0.05):
                row["sign"] = 0.8

    def global_constraints(self):
        rows = self.tables.setdefault("global_constraints", {})
        hours = sum(w[2] for w in self.weights) * (sum(y for _, y in self.periods.values()) / len(self.periods)
                                                   if self.periods else 1)
        if self.chance(0.5):
            rows["co2"] = {"type": "primary_energy", "carrier_attribute": "co2_emissions", "sense": "<=",
                           "constant": self.between(2, 20) * round(hours, 1)}
            if self.periods and self.chance(0.5):
                rows["co2"]["investment_period"] = self.random.choice(self.years)
        if self.chance(0.25):
            rows["coal"] = {"type": "operational_limit",
                            "carrier_attribute": self.random.choice(["coal", GAS, "water", HEAT]),
                            "sense": "<=", "constant": self.between(5, 40) * round(hours, 1)}
            if self.periods and self.chance(0.3):
                rows["coal"]["investment_period"] = self.random.choice(self.years)
        if self.chance(0.25):
            rows["volume"] = {"type": "transmission_volume_expansion_limit", "carrier_attribute": "AC, DC",
                              "sense": "<=", "constant": self.between(10000, 60000)}
            if self.periods and self.chance(0.3):
                rows["volume"]["investment_period"] = self.random.choice(self.years)
        if self.chance(0.2):
            rows["cost"] = {"type": "transmission_expansion_cost_limit", "carrier_attribute": "AC,DC", "sense": "<=",
                            "constant": self.between(5000, 20000)}
            if self.periods and self.chance(0.3):
                rows["cost"]["investment_period"] = self.random.choice(self.years)
        if self.chance(0.3):
            rows["tech"] = {"type": "tech_capacity_expansion_limit", "carrier_attribute": self.random.choice(
                ["wind", GAS, "battery", HEAT]), "sense": self.random.choice(["<=", "<=", ">="])}
            rows["tech"]["constant"] = self.between(100, 250) if rows["tech"]["sense"] == "<=" else self.between(1, 20)
            if self.periods and self.chance(0.3):
                rows["tech"]["investment_period"] = self.random.choice(self.years)
            if self.chance(0.1):
                rows["tech"]["bus"] = self.random.choice(self.bus)

    def fill(self):
        """Truth values stand in every row of their column: PyPSA takes an empty cell for no, whatever its default."""
        for rows in self.tables.values():
            for column in {c for row in rows.values() for c, v in row.items() if isinstance(v, bool)}:
                for row in rows.values():
                    row.setdefault(column, column == "active")

    def write(self, path):
        self.fill()
        planning.write_folder(path, self.tables["buses"], self.snapshots, periods=self.periods,
                              tables={k: v for k, v in self.tables.items() if v and k != "buses"},
                              varying=self.varying)
        with open(os.path.join(path, "snapshots.csv"), "w", newline="") as stream:
            out = csv.writer(stream, lineterminator="\n")
            out.writerow([""] + (["period", "timestep"] if self.periods else ["snapshot"])
                         + ["objective", "stores", "generators"])
            for k, (label, weights) in enumerate(zip(self.snapshots, self.weights)):
                out.writerow([k] + (list(label) if self.periods else [label]) + weights)
        return path
