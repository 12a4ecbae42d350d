"""PostgreSQL on another machine: who answers must prove with a certificate who it is, or nothing is said to it.

0.0.0.0 is this machine by an address that is not loopback, so that the rules for other machines hold."""

import os
import subprocess
import unittest

os.environ["DEWAR_DATABASE"] = "pg"

import harness  # noqa: E402
from runner import postgres  # noqa: E402

ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class Authority:
    """Signs certificates. `name.pem` and `name.key` lie in the directory of a cluster, as its account may read them."""

    def __init__(self, cluster, name):
        self.cluster, self.root = cluster, cluster.directory / f"{name}.pem"
        self.make(name, f"/CN=The authority {name}")

    def make(self, name, subject, *more):
        key = self.cluster.directory / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", subject,
                        "-keyout", str(key), "-out", str(self.cluster.directory / f"{name}.pem"), *more], check=True, capture_output=True)
        if self.cluster.as_account:
            os.chown(key, self.cluster.as_account["user"], self.cluster.as_account["group"])
        key.chmod(0o600)

    def sign(self, name, host):
        self.make(name, f"/CN={host}", "-CA", str(self.root), "-CAkey", str(self.root.with_suffix(".key")), "-addext", f"subjectAltName=DNS:{host}",
                  "-addext", "basicConstraints=critical,CA:FALSE")
        return (f"ssl_cert_file={self.cluster.directory / name}.pem", f"ssl_key_file={self.cluster.directory / name}.key")


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = postgres.Cluster()
        cls.addClassCleanup(cls.cluster.remove)
        (cls.cluster.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")
        cls.ours, cls.other = Authority(cls.cluster, "ours"), Authority(cls.cluster, "other")
        cls.port = harness.free_port()
        cls.plain = ("listen_addresses=127.0.0.1", f"port={cls.port}")
        cls.good = (*cls.plain, "ssl=on", *cls.ours.sign("server", "db.test"))
        cls.strange = (*cls.plain, "ssl=on", *cls.other.sign("strange", "db.test"))

        cls.cluster.start(*cls.good)
        cls.cluster.sql("CREATE DATABASE tls OWNER keeper")

    def begin(self, options):
        """The cluster with other options."""
        self.cluster.stop()
        self.cluster.start(*options)

    def url(self, host="db.test", root="ours", more=""):
        trusts = f"&sslrootcert={self.cluster.directory / root}.pem" if root else ""
        return f"postgresql://keeper@/tls?host={host}&hostaddr=0.0.0.0&port={self.port}{trusts}{more}"

    def coffer(self, url):
        return harness.Server("coffer", {"DATABASE_URL": url, "WORKERS": "1"}, postgres=False)

    def refused(self, words, **where):
        """By `check`, by a command and by a start, with a line that says why."""
        server = self.coffer(self.url(**where))
        for command in ("check", "migrate", "serve"):
            with self.subTest(words, command=command):
                status, out, err = harness.run("coffer", command, env=server.env, cwd=server.directory)
                lines = [line for line in (out + err).splitlines() if words in line]
                self.assertEqual(status, 1 if command == "migrate" else 78)
                self.assertEqual(len(set(lines)), 1, out + err)  # of a start: by the worker and by who runs jobs
                self.assertIn("PostgreSQL cannot be used: ", lines[0])
                self.assertNotIn("keeper", lines[0])

    def test_a_server_that_proves_who_it_is(self):
        with self.running(self.url()) as server:
            editor = server.token("demo-editor", server.users["demo-editor"])
            made = server.request("POST", "/api/items", ITEM, token=editor)
            self.assertEqual(made.status, 201, made)
            self.assertEqual(server.request("GET", made.headers["location"], token=editor).status, 200)
            ours = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'dewar'"
            self.assertEqual(self.cluster.sql(f"SELECT bool_and(ssl AND version >= 'TLSv1.2'), count(*) > 1 {ours}"), "t|t")
            self.impostor(server, editor)

    def running(self, url):
        server = self.coffer(url)
        server.command("migrate")
        server.users = dict(line.split(" ", 1) for line in server.command("seed").splitlines())
        return server

    def impostor(self, server, editor):
        """Somebody else answers where the server was, with a certificate for its name that another authority signed."""
        self.begin(self.strange)
        try:
            reply = server.request("GET", "/api/items", token=editor)
            self.assertEqual((reply.status, reply.headers.get("retry-after")), (503, "1"), reply)
            server.wait_for_log(lambda line: line["event"] == "database.away" and "certificate verify failed" in line["why"])
            self.assertEqual(self.cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dewar'"), "0")
        finally:
            self.begin(self.good)
        harness.wait_until(lambda: server.request("GET", "/api/items", token=editor).status == 200)

    def test_an_authority_that_is_not_ours(self):
        self.refused("certificate verify failed", root="other")
        self.refused("certificate verify failed", root=None)

    def test_a_certificate_for_another_name(self):
        self.refused('server certificate for "db.test" does not match host name "other.test"', host="other.test")
        self.refused('does not match host name "0.0.0.0"', host="0.0.0.0")

    def test_a_root_that_is_not_there(self):
        self.refused("missing.pem", root="missing")

    def test_a_server_without_tls(self):
        self.begin(self.plain)
        try:
            self.refused("server does not support SSL, but SSL was required")
        finally:
            self.begin(self.good)

    def test_any_name_of_an_authority_is_a_warning(self):
        url = self.url(host="other.test", more="&sslmode=verify-ca")
        server = self.coffer(url)
        server.command("migrate")
        status, said, _ = harness.run("coffer", "check", env=server.env, cwd=server.directory)
        self.assertEqual(status, 0, said)
        self.assertIn("warning: settings.database-any-name: DATABASE_URL says sslmode=verify-ca", said)
        status, _, said = harness.run("coffer", "check", env={**server.env, "COFFER_DATABASE_URL": self.url(root=None, more="&sslmode=verify-ca")},
                                      cwd=server.directory)
        self.assertEqual((status, len(said.splitlines())), (78, 1), said)
        self.assertIn("which takes any server whose certificate the system's authorities signed", said)


if __name__ == "__main__":
    unittest.main()
