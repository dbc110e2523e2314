#!/usr/bin/env python3
"""Writes the tables of islands-2050 beside this script: three microgrids planned for 2030, 2040 and 2050.

Everything is made here: a synthetic year of weather and demand (seeded), the days that stand for it, the assets of today and the
candidates of each period with the figures of technologies.csv. Standard library only; the same bytes wherever it runs.
"""
import csv
import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
PERIODS = (2030, 2040, 2050)
REGIONS = ("coast", "plain", "city")
DAYS, HOURS, CHOSEN = 365, 24, 4
INTEREST = 0.06          # of investors: annuities
UNIT = 4                 # MW, size of an engine or turbine (of its fuel input, where it is a link)
LATITUDE = math.radians(54.0)

POSITION = {"coast": (8.65, 54.10), "plain": (8.98, 53.98), "city": (8.80, 53.86)}
ELECTRICITY = {"coast": 4.0, "plain": 5.0, "city": 14.0}   # MW, mean of 2030
ELECTRICITY_GROWTH = {2030: 1.0, 2040: 1.12, 2050: 1.25}   # appliances and electric vehicles
HEAT = {"coast": 2.0, "plain": 3.0, "city": 9.0}           # MW, mean of 2030
HEAT_GROWTH = {2030: 1.0, 2040: 0.93, 2050: 0.86}          # better houses
HYDROGEN = {"coast": (0.2, 0.8, 1.6), "plain": (0.0, 0.4, 1.0), "city": (0.2, 0.5, 1.0)}  # MW: ferries, fertiliser, buses


def number(value):
    """A number as it stands in the tables: at most six significant digits."""
    return f"{value:.6g}"


def table(name, header, rows):
    with open(os.path.join(HERE, name), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def figures():
    known = {}
    with open(os.path.join(HERE, "technologies.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for period in PERIODS:
                known[row["technology"], row["parameter"], period] = float(row[str(period)])
    return known


# ---- a year of weather and demand -------------------------------------------------------------------------------------


def turbine(speed):
    """Power of a wind farm per unit of its capacity: a cubic curve smoothed over the turbines of a farm."""
    total = 0.0
    for offset, weight in ((-1.6, 0.2), (0.0, 0.6), (1.6, 0.2)):
        v = speed + offset
        if v < 3.0 or v > 26.0:
            power = 0.0
        else:
            power = min(1.0, ((v - 3.0) / 9.0) ** 2.2)
        total += weight * power
    return 0.95 * total


def sunshine(day, hour, clearness):
    """Output of fixed panels per unit: solar elevation (Cooper 1969 for the declination) times the sky's clearness."""
    declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + day + 1) / 365)
    angle = math.radians(15 * (hour + 0.5 - 12))
    direct = math.sin(LATITUDE) * math.sin(declination) + math.cos(LATITUDE) * math.cos(declination) * math.cos(angle)
    if direct <= 0:
        return 0.0
    return max(0.0, min(1.0, 0.90 * clearness * direct ** 0.85))


def weather():
    """Hourly series of the year: wind speed and temperature, clearness by day."""
    rng = random.Random(2050)
    slow, fast, cloud, warm = 0.0, 0.0, 0.0, 0.0
    year = {key: [] for key in ("offshore", "coast", "plain", "sun", "temperature")}
    for day in range(DAYS):
        season = math.cos(2 * math.pi * (day - 15) / 365)       # 1 in the middle of January
        slow = 0.72 * slow + rng.gauss(0, 1.9)
        cloud = 0.55 * cloud + rng.gauss(0, 0.8)
        warm = 0.80 * warm + rng.gauss(0, 1.6)
        clearness = 0.18 + 0.72 / (1 + math.exp(-(cloud + 0.35 - 0.75 * season)))
        for hour in range(HOURS):
            fast = 0.93 * fast + rng.gauss(0, 0.45)
            breeze = 0.5 * math.cos(2 * math.pi * (hour - 16) / 24) * (1 - season) / 2
            speed = max(0.0, 8.7 + 1.5 * season + slow + fast + breeze)
            year["offshore"].append(turbine(1.10 * speed))
            year["coast"].append(turbine(0.94 * speed))
            year["plain"].append(turbine(0.84 * speed))
            year["sun"].append(sunshine(day, hour, clearness))
            year["temperature"].append(9.5 - 8.5 * season + warm + 2.5 * math.cos(2 * math.pi * (hour - 15) / 24))
    return year


def electricity(day, hour, region):
    """Demand per unit of its mean before scaling."""
    season = math.cos(2 * math.pi * (day - 15) / 365)
    weekend = day % 7 in (4, 5)                                  # 2030 begins on a Tuesday
    morning = math.exp(-(((hour - 8.5) / 2.2) ** 2))
    noon = math.exp(-(((hour - 13.0) / 3.4) ** 2))
    evening = math.exp(-(((hour - 19.0) / 2.0) ** 2))
    work = {"coast": 0.35, "plain": 0.45, "city": 0.55}[region] * (0.55 if weekend else 1.0)
    return (0.62 + 0.20 * morning + work * noon + 0.48 * evening) * (1 + 0.09 * season)


def warmth(temperature, hour):
    """Demand of heat per unit: heating below 17 degrees, with a night set-back, and hot water."""
    heating = max(0.0, 17.0 - temperature) * (0.82 if hour < 5 or hour > 21 else 1.08)
    water = 1.1 + 0.5 * math.exp(-(((hour - 7) / 1.6) ** 2)) + 0.4 * math.exp(-(((hour - 19.5) / 2.0) ** 2))
    return heating + water


def coefficient_of_performance(temperature):
    """Air-source heat pumps for water of 55 degrees (Staffell et al. 2012, a review of domestic heat pumps, figure 9)."""
    lift = 55.0 - temperature
    return 6.81 - 0.121 * lift + 0.00063 * lift * lift


def scaled(values, mean):
    factor = mean * len(values) / sum(values)
    return [factor * v for v in values]


def demand(year):
    power = {r: scaled([electricity(d, h, r) for d in range(DAYS) for h in range(HOURS)], ELECTRICITY[r]) for r in REGIONS}
    heat = {r: scaled([warmth(year["temperature"][t], t % HOURS) for t in range(DAYS * HOURS)], HEAT[r]) for r in REGIONS}
    return power, heat


# ---- the days that stand for the year -----------------------------------------------------------------------------------


def representative_days(year, power, heat):
    """The day of highest residual demand, which stands for itself alone, and the medoids of the others (k-medoids, Voronoi
    iteration from spread starts)."""
    def profile(series, weight):
        peak = max(series)
        return [[weight * v / peak for v in series[d * HOURS:(d + 1) * HOURS]] for d in range(DAYS)]

    parts = [profile(year["coast"], 1.0), profile(year["offshore"], 1.0), profile(year["sun"], 1.2),
             profile(power["city"], 0.6), profile(heat["city"], 0.8)]
    feature = [sum((part[d] for part in parts), []) for d in range(DAYS)]

    def distance(a, b):
        return sum((x - y) ** 2 for x, y in zip(feature[a], feature[b]))

    def residual(d):
        return sum(power["city"][t] + heat["city"][t] / 3 - 14 * year["coast"][t] - 14 * year["sun"][t]
                   for t in range(d * HOURS, (d + 1) * HOURS))

    apart = [[distance(a, b) for b in range(DAYS)] for a in range(DAYS)]
    medoids = [max(range(DAYS), key=residual)]
    while len(medoids) < CHOSEN:                                  # farthest first, of the days that are not rare
        medoids.append(max(range(DAYS), key=lambda d: (min(apart[d][m] for m in medoids), -d)))
    for _ in range(50):
        group = [min(medoids[1:], key=lambda m: (apart[d][m], m)) for d in range(DAYS)]
        new = [medoids[0]]
        for m in medoids[1:]:
            members = [d for d in range(DAYS) if group[d] == m and d != medoids[0]]
            new.append(min(members, key=lambda a: (sum(apart[a][b] for b in members), a)))
        if new == medoids:
            break
        medoids = new
    chosen = sorted(medoids)
    group = [d if d == medoids[0] else min(medoids[1:], key=lambda m: (apart[d][m], m)) for d in range(DAYS)]
    return chosen, [chosen.index(g) for g in group]


# ---- the tables ---------------------------------------------------------------------------------------------------------


class Case:
    def __init__(self):
        self.figures = figures()
        self.year = weather()
        self.power, self.heat = demand(self.year)
        self.days, self.order = representative_days(self.year, self.power, self.heat)
        self.hours = [d * HOURS + h for d in self.days for h in range(HOURS)]
        self.weight = [self.order.count(k) for k in range(len(self.days)) for _ in range(HOURS)]
        self.labels = [(p, self.label(p, t)) for p in PERIODS for t in self.hours]

    @staticmethod
    def label(period, t):
        lengths, day = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), t // HOURS
        month = 0
        while day >= lengths[month]:
            day -= lengths[month]
            month += 1
        return f"{period}-{month + 1:02d}-{day + 1:02d} {t % HOURS:02d}:00:00"

    def get(self, technology, parameter, period, otherwise=0.0):
        return self.figures.get((technology, parameter, period), otherwise)

    def cost(self, technology, period, unit=1000.0, share=1.0):
        """Overnight cost, fixed operation a year (both per MW or MWh) and lifetime."""
        investment = self.get(technology, "investment", period) * unit * share
        return investment, investment * self.get(technology, "fixed operation", period) / 100, \
            self.get(technology, "lifetime", period)

    def distance(self, technology, period, length):
        """Overnight cost, rate and fixed operation per MW of something with a length in km and converters at its ends."""
        investment = self.get(technology, "investment", period) * length + self.get(technology, "converters", period)
        return number(investment), INTEREST, number(investment * self.get(technology, "fixed operation", period) / 100)

    def series(self, name, columns):
        """columns: name -> function of (period, hour of the year)."""
        rows = [[k] + [number(f(p, t)) for f in columns.values()]
                for k, ((p, _), t) in enumerate(zip(self.labels, self.hours * len(PERIODS)))]
        table(name, ["", *columns], rows)

    def time(self):
        table("snapshots.csv", ["", "period", "timestep", "objective", "stores", "generators"],
              [[k, p, label, w, 1, w] for k, ((p, label), w) in enumerate(zip(self.labels, self.weight * len(PERIODS)))])
        weights = [sum(1.04 ** -(p - PERIODS[0] + k) for k in range(10)) for p in PERIODS]
        table("investment_periods.csv", ["period", "objective", "years"],
              [[p, number(w), 10] for p, w in zip(PERIODS, weights)])
        table("representative_days.csv", ["period", "day", "representative"],
              [[p, d, k] for p in PERIODS for d, k in enumerate(self.order)])
        table("network.csv", ["name", "base_mva", "frequency"], [["islands-2050", 10, 50]])

    def carriers(self):
        rows = [("AC", 0, "#000000"), ("heat", 0, "#D55E00"), ("hydrogen", 0, "#CC79A7"), ("gas", self.get("natural gas", "emissions", 2030), "#999999"),
                ("diesel", self.get("oil", "emissions", 2030), "#5B5B5B"), ("biogas", 0, "#8A9A2B"),
                ("wind onshore", 0, "#56B4E9"), ("wind offshore", 0, "#0072B2"), ("solar", 0, "#F0E442"),
                ("solar rooftop", 0, "#E6C200"), ("gas engine", 0, "#7A7A7A"), ("CHP", 0, "#B8860B"), ("gas boiler", 0, "#A05A2C"),
                ("electric boiler", 0, "#C77C11"), ("heat pump", 0, "#E69F00"), ("heat tank", 0, "#B03A2E"), ("battery", 0, "#009E73"),
                ("electrolyser", 0, "#882255"), ("fuel cell", 0, "#AA4499"), ("hydrogen tank", 0, "#DDA0C8"),
                ("hydrogen pipeline", 0, "#9B5C8F"), ("DC", 0, "#444444"), ("line", 0, "#333333")]
        nox = {"gas": 0.00020, "diesel": 0.0032, "biogas": 0.00020}   # t/MWh of fuel, EMEP/EEA guidebook 2019, order of magnitude
        so2 = {"diesel": 0.00017}
        table("carriers.csv", ["name", "co2_emissions", "nox_emissions", "so2_emissions", "color"],
              [[name, number(e), number(nox.get(name, 0)), number(so2.get(name, 0)), colour] for name, e, colour in rows])

    def buses(self):
        rows = []
        for r in REGIONS:
            x, y = POSITION[r]
            rows.append([r, 33, "AC", x, y, r, 0.94, 1.06, "Slack" if r == "city" else "PV"])
            for k, carrier in enumerate(("heat", "hydrogen", "gas")):
                rows.append([f"{r} {carrier}", 1, carrier, number(x + 0.01 * (k + 1)), number(y + 0.01), r, "", "", ""])
        table("buses.csv", ["name", "v_nom", "carrier", "x", "y", "region", "v_mag_pu_min", "v_mag_pu_max", "control"], rows)

    def loads(self):
        rows, series, reactive = [], {}, {}
        for r in REGIONS:
            rows.append([f"{r} electricity", r, "AC", 0])
            series[f"{r} electricity"] = lambda p, t, r=r: self.power[r][t] * ELECTRICITY_GROWTH[p]
            reactive[f"{r} electricity"] = lambda p, t, r=r: 0.25 * self.power[r][t] * ELECTRICITY_GROWTH[p]
        for r in REGIONS:
            rows.append([f"{r} heat", f"{r} heat", "heat", 0])
            series[f"{r} heat"] = lambda p, t, r=r: self.heat[r][t] * HEAT_GROWTH[p]
        for r in REGIONS:
            rows.append([f"{r} hydrogen", f"{r} hydrogen", "hydrogen", 0])
            series[f"{r} hydrogen"] = lambda p, t, r=r: HYDROGEN[r][PERIODS.index(p)]
        table("loads.csv", ["name", "bus", "carrier", "p_set"], rows)
        self.series("loads-p_set.csv", series)
        self.series("loads-q_set.csv", reactive)

    def generators(self):
        header = ["name", "bus", "carrier", "control", "p_nom", "p_nom_extendable", "p_nom_max", "build_year", "lifetime",
                  "overnight_cost", "discount_rate", "fom_cost", "marginal_cost", "efficiency", "retirable", "unit_mw"]
        rows, maximum, price = [], {}, {}
        output = {"wind onshore": lambda r: (lambda p, t: self.year[r][t]), "wind offshore": lambda r: (lambda p, t: self.year["offshore"][t]),
                  "solar": lambda r: (lambda p, t: self.year["sun"][t]), "solar rooftop": lambda r: (lambda p, t: 0.9 * self.year["sun"][t])}

        def existing(name, bus, carrier, size, built, lifetime, fixed, marginal, efficiency=1.0, retirable=""):
            rows.append([name, bus, carrier, "PV" if bus in REGIONS else "", number(size), "False", number(size), built, lifetime, 0, 0,
                         number(fixed), number(marginal), number(efficiency), retirable, UNIT if carrier == "diesel" else ""])

        oil = {p: self.get("oil", "fuel", p) for p in PERIODS}
        for r, size in (("coast", 7), ("plain", 8), ("city", 24)):
            efficiency = self.get("diesel engine", "efficiency", 2030)
            existing(f"{r} diesel", r, "diesel", size, 2014, 35, 1000 * self.get("diesel engine", "fixed operation", 2030),
                     oil[2030] / efficiency + self.get("diesel engine", "variable operation", 2030), efficiency, "True")
        existing("coast wind 2016", "coast", "wind onshore", 4, 2016, 30, 16800, self.get("wind onshore", "variable operation", 2030))
        maximum["coast wind 2016"] = output["wind onshore"]("coast")
        existing("plain solar 2020", "plain", "solar", 5, 2020, 30, 11900, self.get("solar", "variable operation", 2030))
        maximum["plain solar 2020"] = output["solar"]("plain")
        for r, gas, biogas in (("coast", 30, 1), ("plain", 50, 5), ("city", 100, 3)):
            existing(f"{r} natural gas", f"{r} gas", "gas", gas, 2020, 100, 0, self.get("natural gas", "fuel", 2030))
            existing(f"{r} biogas", f"{r} gas", "biogas", biogas, 2020, 100, 0, self.get("biogas", "fuel", 2030))
            price[f"{r} natural gas"] = lambda p, t: self.get("natural gas", "fuel", p)
            price[f"{r} biogas"] = lambda p, t: self.get("biogas", "fuel", p)
        sites = (("coast", "wind onshore", 12), ("coast", "wind offshore", 60), ("coast", "solar", 10), ("plain", "wind onshore", 18),
                 ("plain", "solar", 70), ("city", "solar rooftop", 14))
        for r, technology, most in sites:
            for p in PERIODS:
                name = f"{r} {technology} {p}"
                investment, fixed, lifetime = self.cost(technology, p)
                rows.append([name, r, technology, "PV", 0, "True", most, p, number(lifetime), number(investment), INTEREST, number(fixed),
                             number(self.get(technology, "variable operation", p)), 1, "", ""])
                maximum[name] = output[technology](r)
        table("generators.csv", header, rows)
        self.series("generators-p_max_pu.csv", maximum)
        self.series("generators-marginal_cost.csv", price)

    def links(self):
        header = ["name", "bus0", "bus1", "bus2", "carrier", "p_nom", "p_nom_extendable", "p_nom_max", "p_min_pu", "efficiency",
                  "efficiency2", "build_year", "lifetime", "overnight_cost", "discount_rate", "fom_cost", "marginal_cost", "length", "unit_mw"]
        rows, performance = [], {}

        def candidate(name, bus0, bus1, bus2, technology, period, per_input, efficiency, efficiency2, most):
            """Costs are per unit of output (electricity or heat) where per_input is less than one kW of input."""
            investment, fixed, lifetime = self.cost(technology, period, share=per_input)
            variable = self.get(technology, "variable operation", period) * per_input
            rows.append([name, bus0, bus1, bus2, technology, 0, "True", most, 0, number(efficiency), number(efficiency2) if bus2 else "",
                         period, number(lifetime), number(investment), INTEREST, number(fixed), number(variable), "", UNIT if technology in ("gas engine", "CHP", "fuel cell") else ""])

        for r, boiler in (("coast", 8), ("plain", 12), ("city", 34)):
            rows.append([f"{r} gas boiler 2018", f"{r} gas", f"{r} heat", "", "gas boiler", boiler, "False", boiler, 0, 0.95, "", 2018, 22,
                         0, 0, 2500, 1.3, "", ""])
        for r in REGIONS:
            for p in PERIODS:
                engine, chp = self.get("gas engine", "efficiency", p), self.get("CHP", "efficiency", p)
                candidate(f"{r} gas engine {p}", f"{r} gas", r, "", "gas engine", p, engine, engine, 0, 80)
                if r != "coast":
                    candidate(f"{r} CHP {p}", f"{r} gas", r, f"{r} heat", "CHP", p, chp, chp, self.get("CHP", "heat efficiency", p), 60)
                boiler = self.get("gas boiler", "efficiency", p)
                candidate(f"{r} gas boiler {p}", f"{r} gas", f"{r} heat", "", "gas boiler", p, boiler, boiler, 0, 60)
                electric = self.get("electric boiler", "efficiency", p)
                candidate(f"{r} electric boiler {p}", r, f"{r} heat", "", "electric boiler", p, electric, electric, 0, 60)
                mean = self.get("heat pump", "efficiency", p)
                name = f"{r} heat pump {p}"
                candidate(name, r, f"{r} heat", "", "heat pump", p, mean, mean, 0, 20)
                average = sum(coefficient_of_performance(t) for t in self.year["temperature"]) / (DAYS * HOURS)
                performance[name] = lambda p, t, f=mean / average: f * coefficient_of_performance(self.year["temperature"][t])
                candidate(f"{r} electrolyser {p}", r, f"{r} hydrogen", f"{r} heat", "electrolyser", p, 1.0,
                          self.get("electrolyser", "efficiency", p), self.get("electrolyser", "heat efficiency", p), 30)
                cell = self.get("fuel cell", "efficiency", p)
                candidate(f"{r} fuel cell {p}", f"{r} hydrogen", r, "", "fuel cell", p, cell, cell, 0, 40)
        for a, b, length in (("coast", "city", 27), ("plain", "city", 18)):
            rows.append([f"{a}-{b} hydrogen pipeline", f"{a} hydrogen", f"{b} hydrogen", "", "hydrogen pipeline", 0, "True", 20, -1, 1, "",
                         2040, 50, *self.distance("hydrogen pipeline", 2040, length), 0.01, length, ""])
        rows.append(["coast-city cable", "coast", "city", "", "DC", 0, "True", 40, -1, 1, "", 2030, 40,
                     *self.distance("DC cable", 2030, 27), 0.01, 27, ""])
        table("links.csv", header, rows)
        self.series("links-efficiency.csv", performance)

    def storage(self):
        rows = []
        for r in REGIONS:
            for p in PERIODS:
                hours = 4
                efficiency = self.get("battery power", "efficiency", p)
                power, fixed, _ = self.cost("battery power", p)
                energy, _, lifetime = self.cost("battery energy", p)
                rate = 1 / (1 + INTEREST)
                renewals = 1 + rate ** 10 + (rate ** 20 if lifetime > 20 else 0)     # power electronics last ten years
                rows.append([f"{r} battery {p}", r, "battery", 0, "True", 80, p, number(lifetime), number(energy * hours + power * renewals),
                             INTEREST, number(fixed), 0.02, hours, efficiency, efficiency, "True", "True"])
        table("storage_units.csv", ["name", "bus", "carrier", "p_nom", "p_nom_extendable", "p_nom_max", "build_year", "lifetime", "overnight_cost",
                                    "discount_rate", "fom_cost", "marginal_cost", "max_hours", "efficiency_store", "efficiency_dispatch",
                                    "cyclic_state_of_charge", "cyclic_state_of_charge_per_period"], rows)
        rows = []
        for r in REGIONS:
            for p in PERIODS:
                for technology, carrier, most in (("heat tank", "heat", 3000), ("hydrogen tank", "hydrogen", 2000)):
                    energy, fixed, lifetime = self.cost(technology, p)
                    rows.append([f"{r} {technology} {p}", f"{r} {carrier}", technology, 0, "True", most, p, number(lifetime), number(energy),
                                 INTEREST, number(fixed), number(self.get(technology, "standing loss", p) / 100), "True", "True"])
        table("stores.csv", ["name", "bus", "carrier", "e_nom", "e_nom_extendable", "e_nom_max", "build_year", "lifetime", "overnight_cost",
                             "discount_rate", "fom_cost", "standing_loss", "e_cyclic", "e_cyclic_per_period"], rows)

    def lines(self):
        rows = []
        for a, b, length, size in (("coast", "plain", 24, 8), ("plain", "city", 18, 16), ("coast", "city", 27, 12)):
            investment, fixed, lifetime = self.cost("line", 2030, unit=length)
            rows.append([f"{a}-{b}", a, b, length, number(0.06 * length), number(0.30 * length), number(3.8e-6 * length), size, "True", size, 45,
                         2005, 80, number(investment), INTEREST, number(fixed), "line"])
        table("lines.csv", ["name", "bus0", "bus1", "length", "r", "x", "b", "s_nom", "s_nom_extendable", "s_nom_min", "s_nom_max", "build_year",
                            "lifetime", "overnight_cost", "discount_rate", "fom_cost", "carrier"], rows)

    def write(self):
        for part in (self.time, self.carriers, self.buses, self.loads, self.generators, self.links, self.storage, self.lines):
            part()


if __name__ == "__main__":
    case = Case()
    case.write()
    for k, day in enumerate(case.days):
        print(f"day {case.label(2030, day * HOURS)[5:10]} stands for {case.order.count(k)}")
