"""An application outside of the checkout, built against the installed tree alone: with CMake and with pkg-config."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release"))
APP = ROOT / "tests/install/app"


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        work = pathlib.Path(cls.folder.name)
        # Installed in one place and used in another: nothing may remember where it was made.
        cls.run_all("cmake", "--install", str(BUILD), "--prefix", str(work / "first"))
        cls.prefix = work / "moved"
        (work / "first").rename(cls.prefix)
        cls.app = work / "app"
        shutil.copytree(APP, cls.app)
        cls.env = {**os.environ, "PKG_CONFIG_PATH": str(cls.prefix / "lib/pkgconfig")}

    @staticmethod
    def run_all(*command, **options):
        done = subprocess.run(command, text=True, capture_output=True, check=False, **options)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def pkg_config(self, *arguments):
        return self.run_all("pkg-config", *arguments, "dewar", env=self.env).split()

    def check_routes(self, program, **env):
        """The program lists its routes."""
        listed = self.run_all(str(program), "routes", cwd=self.app, env={**self.env, **env})
        self.assertRegex(listed, r"GET\s+/v1/greeting\b")

    def test_files(self):
        for name in ("include/dw/dw.h", "lib/libdewar.a", "lib/libdewar.so", "lib/libdewar.so.0", "lib/pkgconfig/dewar.pc",
                     "lib/cmake/dewar/dewarConfig.cmake", "lib/cmake/dewar/dewar_add_app.cmake"):
            self.assertTrue((self.prefix / name).exists(), name)

    def test_nothing_of_the_inside_is_installed(self):
        headers = {path.relative_to(self.prefix).as_posix() for path in self.prefix.rglob("*.h")}
        self.assertEqual(headers, {f"include/dw/{path.name}" for path in (ROOT / "include/dw").glob("*.h")})

    def test_no_path_of_the_build_is_installed(self):
        for path in self.prefix.rglob("*"):
            if path.suffix in (".cmake", ".pc"):
                self.assertNotIn(str(ROOT), path.read_text(), path.name)

    def test_cmake_package(self):
        self.run_all("cmake", "-S", str(self.app), "-B", str(self.app / "build"), "-G", "Ninja",
                     f"-DCMAKE_PREFIX_PATH={self.prefix}", env=self.env)
        self.run_all("cmake", "--build", str(self.app / "build"))
        self.check_routes(self.app / "build/tiny")
        self.check_routes(self.app / "build/tiny_shared")
        needed = self.run_all("readelf", "-dW", str(self.app / "build/tiny_shared"))
        self.assertIn("[libdewar.so.0]", needed)
        self.assertNotIn("libdewar", self.run_all("readelf", "-dW", str(self.app / "build/tiny")))

    def test_pkg_config_shared(self):
        program = self.app / "shared"
        self.run_all("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", *self.pkg_config("--cflags"), "-o", str(program),
                     str(self.app / "main.c"), str(self.app / "tables.c"), *self.pkg_config("--libs"))
        self.check_routes(program, LD_LIBRARY_PATH=str(self.prefix / "lib"))

    def test_pkg_config_static(self):
        program = self.app / "static"
        libs = ["-l:libdewar.a" if lib == "-ldewar" else lib for lib in self.pkg_config("--libs", "--static")]
        self.run_all("clang", "-std=c11", "-Wall", "-Wextra", "-Werror", *self.pkg_config("--cflags"), "-o", str(program),
                     str(self.app / "main.c"), str(self.app / "tables.c"), *libs)
        self.assertNotIn("libdewar", self.run_all("readelf", "-dW", str(program)))
        self.check_routes(program)

    def test_version(self):
        self.assertEqual(self.pkg_config("--modversion"), ["0.1.0"])
