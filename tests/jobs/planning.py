"""PyPSA folders for tests, written from Python values: tables as {name: {attribute: value}}, series as {name: [values]}."""
import csv
import os


def cell(value):
    if isinstance(value, bool):
        return "True" if value else "False"
    return str(value)


def table(folder, name, rows):
    columns = []
    for attributes in rows.values():
        columns += [c for c in attributes if c not in columns]
    with open(os.path.join(folder, name + ".csv"), "w", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(["name"] + columns)
        for label, attributes in rows.items():
            out.writerow([label] + [cell(attributes.get(c, "")) for c in columns])


def series(folder, name, columns):
    with open(os.path.join(folder, name + ".csv"), "w", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow([""] + list(columns))
        for row, values in enumerate(zip(*columns.values())):
            out.writerow([row] + [cell(v) for v in values])


def hours(n, day=1):
    return [f"2030-01-{day + h // 24:02d} {h % 24:02d}:00:00" for h in range(n)]


def write_folder(folder, buses, snapshots=None, weights=None, periods=None, tables=None, varying=None, carriers=None):
    """snapshots: labels, or (period, label) pairs; weights: hours of each; periods: {year: (objective weight, years)}."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "network.csv"), "w") as stream:
        stream.write("name,pypsa_version,srid\ntest,1.0.0,4326\n")
    snapshots = snapshots or ["now"]
    weights = weights or [1.0] * len(snapshots)
    with open(os.path.join(folder, "snapshots.csv"), "w") as stream:
        stream.write(",period,timestep,objective,stores,generators\n" if periods
                     else ",snapshot,objective,stores,generators\n")
        for k, (label, w) in enumerate(zip(snapshots, weights)):
            label = ",".join(str(part) for part in label) if periods else label
            stream.write(f"{k},{label},{w},{w},{w}\n")
    if periods:
        with open(os.path.join(folder, "investment_periods.csv"), "w") as stream:
            stream.write("period,objective,years\n")
            for year, (objective, years) in periods.items():
                stream.write(f"{year},{objective},{years}\n")
    table(folder, "buses", {b: {"carrier": "AC"} for b in buses} if not isinstance(buses, dict) else buses)
    if carriers is not None:
        table(folder, "carriers", carriers)
    for name, rows in (tables or {}).items():
        table(folder, name, rows)
    for name, columns in (varying or {}).items():
        series(folder, name, columns)
    return folder


def read_table(folder, name):
    """{row: {column: text}} of a table."""
    with open(os.path.join(folder, name + ".csv"), newline="") as stream:
        rows = list(csv.reader(stream))
    return {row[0]: dict(zip(rows[0][1:], row[1:])) for row in rows[1:]}


def read_series(folder, name):
    """{column: [numbers]} of a series."""
    with open(os.path.join(folder, name + ".csv"), newline="") as stream:
        rows = list(csv.reader(stream))
    return {name: [float(row[k]) for row in rows[1:]] for k, name in enumerate(rows[0]) if k}
