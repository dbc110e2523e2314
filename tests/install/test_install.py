"""What `cmake --install` puts in place works by itself: read-only, for another user, with inputs and outputs elsewhere."""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

SOURCE = os.environ["ARCHIPELAGO_SOURCE_DIR"]
BUILD = os.environ["ARCHIPELAGO_BUILD_DIR"]
CMAKE = os.environ.get("ARCHIPELAGO_CMAKE", "cmake")
CC = os.environ.get("ARCHIPELAGO_CC", "cc")
MPIEXEC = os.environ.get("ARCHIPELAGO_MPIEXEC", "mpirun")
HERE = os.path.dirname(os.path.abspath(__file__))


def call(*words, **more):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, **more)


def tree(root):
    """Every file with its digest and mode."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in names + folders:
            path = os.path.join(folder, name)
            about = os.lstat(path)
            digest = ""
            if stat.S_ISREG(about.st_mode):
                with open(path, "rb") as stream:
                    digest = hashlib.sha256(stream.read()).hexdigest()
            found[os.path.relpath(path, root)] = (about.st_mode, digest)
    return found


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="archipelago-install-")
        os.chmod(cls.top, 0o755)
        cls.prefix = os.path.join(cls.top, "first")
        made = call(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        if made.returncode:
            raise AssertionError(made.stdout + made.stderr)
        cls.tcl = cls.find("share/modulefiles/tcl/archipelago")
        cls.lua = cls.find("share/modulefiles/lmod/archipelago")
        # Found from where it lies, not from where it was put: everything below uses it in another place.
        cls.written_prefix, cls.prefix = cls.prefix, os.path.join(cls.top, "moved")
        os.rename(cls.written_prefix, cls.prefix)
        call("chmod", "-R", "a-w", cls.prefix)
        cls.scratch = os.path.join(cls.top, "scratch")
        os.mkdir(cls.scratch)
        os.chmod(cls.scratch, 0o777)

    @classmethod
    def find(cls, folder):
        folder = os.path.join(cls.prefix, folder)
        with open(os.path.join(folder, os.listdir(folder)[0])) as stream:
            return stream.read()

    @classmethod
    def tearDownClass(cls):
        call("chmod", "-R", "u+w", cls.top)
        shutil.rmtree(cls.top, ignore_errors=True)

    def installed(self, *parts):
        return os.path.join(self.prefix, *parts)

    def as_user(self, *words, **more):
        """Root writes where it may not: then another user runs it."""
        words = list(words)
        env = {**os.environ, "HOME": self.scratch, "XDG_CONFIG_HOME": os.path.join(self.scratch, "config"),
               "TMPDIR": self.scratch, **more.pop("env", {})}
        if os.geteuid() == 0:
            words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + words
        return call(*words, env=env, cwd=self.scratch, **more)

    def help(self, *words):
        found = self.as_user(self.installed("bin", "archipelago"), *words, "--help")
        self.assertEqual(found.returncode, 0, found.stderr)
        return found.stdout

    def commands(self):
        listed = self.help().split("Commands:\n")[1].split("\n\n")[0]
        return [line.split()[0] for line in listed.splitlines()]

    def options(self, command):
        listed = self.help(command).split("\nOptions:\n")[1].split("\n\n")[0]
        found = re.findall(r"(?m)^  (?:(-\w), |    )(--[\w-]+)", listed)
        return {option for pair in found for option in pair if option}

    def test_a_study_runs_from_a_read_only_tree_for_another_user(self):
        before = tree(self.prefix)
        case = self.installed("share", "archipelago", "cases", "islands", "hour.yaml")
        out = os.path.join(self.scratch, "run")
        done = self.as_user(MPIEXEC, "-n", "2", self.installed("bin", "archipelago"), "run", case, "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(out, "summary.json")) as stream:
            self.assertAlmostEqual(json.load(stream)["objective"], 160.0, places=3)
        verified = self.as_user(self.installed("bin", "archipelago-ledger"), "verify", out)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertEqual(tree(self.prefix), before)

    def test_the_scripts_and_documents_are_there(self):
        share = self.installed("share", "archipelago")
        for name in ("cases/islands/study.yaml", "cases/islands-2050/study.yaml", "cases/six-bus.m"):
            self.assertTrue(os.path.isfile(os.path.join(share, name)), name)
        for name in os.listdir(os.path.join(SOURCE, "jobs", "slurm")):
            self.assertTrue(os.path.isfile(os.path.join(share, "slurm", name)), name)
            self.assertEqual(os.access(os.path.join(share, "slurm", name), os.X_OK),
                             os.access(os.path.join(SOURCE, "jobs", "slurm", name), os.X_OK), name)
        doc = self.installed("share", "doc", "archipelago")
        for name in ("LICENSE", "README.md", "docs/study-file.md", "docs/architecture.md"):
            self.assertTrue(os.path.isfile(os.path.join(doc, name)), name)

    def test_a_consumer_builds_against_the_ledger_by_pkg_config(self):
        where = [os.path.join(folder, "pkgconfig") for folder, names, _ in os.walk(self.installed("lib"))
                 if "pkgconfig" in names]
        env = {**os.environ, "PKG_CONFIG_PATH": where[0]}
        flags = call("pkg-config", "--cflags", "--libs", "archipelago-ledger", env=env)
        self.assertEqual(flags.returncode, 0, flags.stderr)
        self.assertNotIn(self.written_prefix + "/", flags.stdout)
        program = os.path.join(self.scratch, "consumer")
        built = call(CC, "-std=c11", "-Wall", "-Wextra", "-Werror", os.path.join(HERE, "consumer.c"), "-o", program,
                     *flags.stdout.split())
        self.assertEqual(built.returncode, 0, built.stderr)
        log = os.path.join(self.scratch, "log")
        ran = self.as_user(program, log)
        self.assertEqual(ran.stdout, "entry 3 of 7 is proved\nanother entry is not\n", ran.stderr)
        verified = self.as_user(self.installed("bin", "archipelago-ledger"), "verify", log)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        market = call("pkg-config", "--libs", "archipelago-market", env=env)
        self.assertIn("-larchipelago_ledger", market.stdout, market.stderr)
        version = call("pkg-config", "--modversion", "archipelago-ledger", env=env).stdout.strip()
        self.assertIn(version, self.as_user(self.installed("bin", "archipelago"), "--version").stdout)

    def test_each_header_compiles_alone_in_c_and_cxx(self):
        include = self.installed("include", "archipelago")
        headers = [os.path.join(room, name) for room in ("ledger", "market")
                   for name in sorted(os.listdir(os.path.join(include, room)))]
        self.assertGreater(len(headers), 40)
        cxx = shutil.which("c++")
        for header in headers:
            alone = call(CC, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-x", "c", "-fsyntax-only", "-I", include, "-",
                         input=f"#include <{header}>\n")
            self.assertEqual(alone.returncode, 0, header + alone.stderr)
        if cxx:
            lines = "".join(f"#include <{header}>\n" for header in headers)
            alone = call(cxx, "-std=gnu++17", "-x", "c++", "-fsyntax-only", "-I", include, "-",
                         input='extern "C" {\n' + lines + "}\n")
            self.assertEqual(alone.returncode, 0, alone.stderr)

    def test_every_command_has_a_manual_page_with_all_its_options(self):
        folder = self.installed("share", "man", "man1")
        commands = self.commands()
        self.assertEqual(sorted(os.listdir(folder)), sorted(["archipelago.1"] + [f"archipelago-{c}.1" for c in commands]))
        for command in commands:
            with open(os.path.join(folder, f"archipelago-{command}.1")) as stream:
                page = stream.read().replace("\\-", "-")
            self.assertRegex(page, rf"(?m)^\.SH NAME\narchipelago-{command} - \S")
            if command != "ledger":
                for option in self.options(command):
                    self.assertIn(option, page, command)
        if shutil.which("man"):
            read = call("man", "--warnings", "-l", os.path.join(folder, "archipelago-run.1"),
                        env={**os.environ, "MANPAGER": "cat", "LC_ALL": "C"})
            self.assertEqual((read.returncode, read.stderr), (0, ""))
            self.assertIn("SYNOPSIS", read.stdout)

    def complete(self, *words):
        script = self.installed("share", "bash-completion", "completions", "archipelago")
        line = " ".join(f"'{w}'" for w in words)
        found = call("bash", "-c", f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
                     '_archipelago; printf "%s\\n" "${COMPREPLY[@]}"')
        self.assertEqual((found.returncode, found.stderr), (0, ""))
        return found.stdout.split()

    def test_completion_knows_commands_options_and_words(self):
        self.assertEqual(self.complete("archipelago", "ru"), ["run"])
        self.assertEqual(sorted(self.complete("archipelago", "")), sorted(self.commands() + ["--help", "--version"]))
        for command in self.commands():
            if command != "ledger":
                self.assertEqual(set(self.complete("archipelago", command, "-")), self.options(command), command)
        self.assertEqual(self.complete("archipelago", "opf", "--model", ""), ["ac", "dc"])
        self.assertEqual(self.complete("archipelago", "opf", "--tolerance", ""), [])
        self.assertEqual(self.complete("archipelago", "run", ""), [])  # a file, which the shell completes
        self.assertEqual(self.complete("archipelago-ledger", "verif"), ["verify"])
        self.assertEqual(self.complete("archipelago", "ledger", "verify", "--q"), ["--quorum"])

    def test_module_files_name_the_prefix(self):
        self.assertIn(f'local prefix = "{self.written_prefix}"', self.lua)
        self.assertTrue(self.tcl.startswith("#%Module"))
        self.assertIn(f'set prefix "{self.written_prefix}"', self.tcl)
        self.assertNotRegex(self.tcl + self.lua, r"@\w+@")
        tclsh = shutil.which("tclsh")
        if tclsh:
            stubs = "".join(f"proc {p} args {{ puts \"{p} $args\" }}\n"
                            for p in ("module-whatis", "conflict", "setenv", "prepend-path"))
            ran = call(tclsh, input=stubs + self.tcl)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn(f"prepend-path PATH {self.written_prefix}/bin", ran.stdout)

    def test_nothing_installed_names_the_source_or_the_build(self):
        bad = []
        for folder, _, names in os.walk(self.prefix):
            for name in names:
                with open(os.path.join(folder, name), "rb") as stream:
                    content = stream.read()
                if any(p.encode() + b"/" in content for p in (os.path.realpath(SOURCE), os.path.realpath(BUILD))):
                    bad.append(os.path.relpath(os.path.join(folder, name), self.prefix))
        self.assertEqual(bad, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
