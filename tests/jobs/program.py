"""Runs the program under test: alone or on ranks, with a time limit, in a directory of its own."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

ARCHIPELAGO = os.environ["ARCHIPELAGO"]
SOURCE = os.environ["ARCHIPELAGO_SOURCE_DIR"]
MPIEXEC = os.environ.get("ARCHIPELAGO_MPIEXEC", "mpirun")
ISLANDS = os.path.join(SOURCE, "inputs", "cases", "islands")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


def command(arguments, ranks=1):
    launcher = [MPIEXEC, "-n", str(ranks)] if ranks > 1 else []
    return launcher + [ARCHIPELAGO] + [str(a) for a in arguments]


def archipelago(*arguments, ranks=1, timeout=120, env=None, cwd=None, text=True):
    """A run that takes longer than the limit hangs, and fails the test."""
    process = subprocess.run(command(arguments, ranks), capture_output=True, text=text, timeout=timeout, cwd=cwd,
                             env={**os.environ, **(env or {})})
    return Result(process.returncode, process.stdout, process.stderr)


def shared_data(*parts):
    """A file of the shared development data, or None."""
    root = os.environ.get("ARCHIPELAGO_SHARED_DATA") or os.path.join(SOURCE, "..", "shared", "data")
    path = os.path.join(root, *parts)
    return path if os.path.exists(path) else None


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def files(directory, without=()):
    """Every file below a directory with its bytes."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if name not in without:
                found[os.path.relpath(path, directory)] = read(path)
    return found


class Case(unittest.TestCase):
    """A test with a scratch directory, in which the user's configuration lies too."""
    maxDiff = 2000

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="archipelago-test-")
        os.environ["XDG_CONFIG_HOME"] = os.path.join(self.directory, "config")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode())
        return path

    def study(self, name="study.yaml", hours=2, count=2, model="ac", method="admm", extra=""):
        return self.write(name, f"""study: small
network: {{path: {ISLANDS}, format: pypsa}}
participants: {ISLANDS}/participants.csv
regions: region
windows: {{start: 2030-06-21T10:00:00Z, hours: {hours}, count: {count}}}
dispatch: {{model: {model}, method: {method}}}
market: {{currency: EUR}}
{extra}""")

    def assertSameFiles(self, a, b):
        a, b = files(a, ("provenance.json",)), files(b, ("provenance.json",))
        self.assertEqual(sorted(a), sorted(b))
        self.assertEqual([name for name in a if a[name] != b[name]], [])


STABILITY = f"""stability:
  devices: {ISLANDS}/dynamics.csv
  until: 1
  hours: [0, 1]
  faults:
    - {{bus: 6, on: 0.1, off: 0.2, trip: "6-9"}}
"""


def main():
    unittest.main(verbosity=2)
