"""Every command that a document shows is run, document by document, in a copy of the source tree's layout.

A fenced block counts as commands when it is marked `sh`, when lines of it begin with "$ " (the others are output), or when
its first word is one of PROGRAMS. Comments of a document, which no reader sees, say what the text around a command says in
words:

    <!-- sh: COMMAND -->              done before what follows: a file that the reader is told to have
    <!-- status N -->                 the next block ends with exit status N
    <!-- run by tests/FILE -->        the next block is run by that test, which must mention its first program
    <!-- not run: REASON -->          the next block needs what a test cannot have

With ARCHIPELAGO_DOCUMENTS, a regular expression, only the documents whose path it matches are run."""
import glob
import os
import re
import subprocess
import sys
import time
import unittest

import program
from program import SOURCE

PROGRAMS = {"archipelago", "archipelago-ledger", "mpirun", "sh", "cmake", "openssl", "python3", "ncdump", "sbatch", "srun",
            "ctest", "clang-format", "sed", "gcc", "cc", "sudo", "module", "source", ".", "tests/slurm/cluster.sh"}
TREE = ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cmake", "docs", "dynamics", "inputs", "jobs", "ledger",
        "market", "partition", "scripts", "solver", "tests", ".clang-format")
SHORTEST = 60  # seconds left below which a document is not begun


class Block:
    def __init__(self, line, text, status=0):
        self.line, self.text, self.status = line, text, status


def first_program(line):
    words = [w for w in line.split() if not re.match(r"^[A-Z_]+=", w)]
    return words[0] if words else ""


def shell_text(marker, lines):
    """The commands of a fenced block; empty where it is none."""
    if marker == "sh":
        return "\n".join(lines)
    if marker:
        return ""
    if any(line.startswith("$ ") for line in lines):
        chosen, more = [], False
        for line in lines:
            if line.startswith("$ ") or more:
                chosen.append(line[2:] if line.startswith("$ ") else line)
                more = line.endswith("\\")
        return "\n".join(chosen)
    word = first_program(lines[0]) if lines else ""
    return "\n".join(lines) if word in PROGRAMS or re.match(r"^(scripts|build|tests|jobs)/", word) else ""


class Document:
    """What of a document is run, and what is left to other tests."""

    def __init__(self, path):
        self.path, self.blocks, self.elsewhere, self.not_run = path, [], [], []
        with open(os.path.join(SOURCE, path), encoding="utf-8") as stream:
            self.lines = stream.read().splitlines()
        self.parse()

    def parse(self):
        status, other, begin, marker, indent = 0, None, None, "", 0
        for number, line in enumerate(self.lines, 1):
            fence = re.match(r"^( *)```(\w*)\s*$", line)
            comment = re.match(r"^ *<!-- (sh: |status |run by |not run: )(.*?) *-->$", line)
            if fence and begin is None:
                begin, marker, indent = number, fence[2], len(fence[1])
            elif fence:
                text = shell_text(marker, [l[indent:] for l in self.lines[begin:number - 1]])
                if text and other:
                    (self.elsewhere if other[0] == "run by " else self.not_run).append((begin, other[1], text))
                elif text:
                    self.blocks.append(Block(begin, text, status))
                begin, status, other = None, 0, None
            elif comment and begin is None:
                if comment[1] == "sh: ":
                    self.blocks.append(Block(number, comment[2]))
                elif comment[1] == "status ":
                    status = int(comment[2])
                else:
                    other = (comment[1], comment[2])

    def script(self):
        out = ["set -eu", "trap 'code=$?; [ $code -eq 0 ] || echo \"$where ended with status $code\" >&2' EXIT"]
        for block in self.blocks:
            out += [f"where={self.path}:{block.line}", 'echo "== $where" >&2']
            if block.status:
                out += [f"status=0", f"(\n{block.text}\n) || status=$?",
                        f"[ $status -eq {block.status} ] || {{ echo \"$where: status $status, expected {block.status}\" >&2; exit 1; }}"]
            else:
                out.append(block.text)
        return "\n".join(out) + "\n"


def documents():
    found = [os.path.relpath(p, SOURCE) for pattern in ("README*.md", "docs/*.md", "inputs/cases/*/README.md")
             for p in sorted(glob.glob(os.path.join(SOURCE, pattern)))]
    return [Document(path) for path in found if re.search(os.environ.get("ARCHIPELAGO_DOCUMENTS", ""), path)]


class Documents(program.Case):
    def setUp(self):
        super().setUp()
        build = os.path.dirname(os.path.dirname(os.path.abspath(program.ARCHIPELAGO)))
        for name in TREE:
            os.symlink(os.path.join(SOURCE, name), self.path(name))
        os.makedirs(self.path("build"))
        os.symlink(build, self.path("build", "release"))
        path = os.pathsep.join([os.path.join(build, "jobs"), os.path.join(build, "ledger"), "/usr/bin", os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "HOME": self.path("home"), "ARCHIPELAGO_BUILD_DIR": build}

    def test_every_command_shown_runs(self):
        for document in documents():
            with self.subTest(document.path):
                began = time.time()
                result = subprocess.run(["bash"], input=document.script(), text=True, capture_output=True, cwd=self.directory,
                                        env=self.environment, timeout=600)
                print(f"{document.path}: {len(document.blocks)} blocks, {time.time() - began:.1f} s", file=sys.stderr)
                self.assertEqual(result.returncode, 0, result.stderr[-3000:] + result.stdout[-1000:])

    def test_what_is_left_to_other_tests_is_run_there(self):
        for document in documents():
            for line, test, text in document.elsewhere:
                with self.subTest(f"{document.path}:{line}"), open(os.path.join(SOURCE, test), encoding="utf-8") as stream:
                    name = os.path.basename(first_program(text.replace("sh ", "", 1) if text.startswith("sh ") else text))
                    self.assertIn(name, stream.read(), f"{test} does not mention {name}")
            for line, reason, _ in document.not_run:
                self.assertTrue(reason, f"{document.path}:{line}")


if __name__ == "__main__":
    program.main()
