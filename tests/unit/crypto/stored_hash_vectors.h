/* stored_hash_vectors.h -- hashes that others made, once: python3-werkzeug 2.2.2, python3-django 3.2.25, python3-bcrypt 3.2.2 and python3-argon2
 * 21.1.0 of Debian 12 by their own functions; those of scrypt by Python's hashlib.scrypt, in the texts that Werkzeug (since 2.3) and Django (since 4.0)
 * write. The second password has a letter in two pieces, as some keyboards send them. */
#ifndef STORED_HASH_VECTORS_H
#define STORED_HASH_VECTORS_H

#define PASSWORD "correct horse battery staple 1"
#define TYPED "Zu\xcc\x88rich ist sch\xc3\xb6n und gro\xc3\x9f"
#define COMPOSED "Z\xc3\xbcrich ist sch\xc3\xb6n und gro\xc3\x9f"

static const struct {
    const char *maker, *password, *hash;
} vectors[] = {
    {"werkzeug pbkdf2:sha256", PASSWORD,
     "pbkdf2:sha256:2600$h0a9qmyyMundL4V4$4fb6cac2fdbf2937b529a8f94348254422417dbfcbdb302ff848bf8a4fdb"
     "8380"},
    {"werkzeug default", PASSWORD,
     "pbkdf2:sha256:260000$64RbT68sjSZ3DyZ7$bfc6076e10386e5faa2545826645210ac90ffffbbddc99de1a117afda9"
     "e9bb90"},
    {"werkzeug sha1", PASSWORD, "pbkdf2:sha1:1000$NJdJaTxd$0fdec4641fd3e52e87a7c1151b1e28a7d2723961"},
    {"werkzeug sha512", PASSWORD,
     "pbkdf2:sha512:1000$lT3sdLWMkfuocnwG$163d4d4a5f88dd0d0bae9cd6e2cefd57fb556bd3680db6da59db28f62771"
     "c15e08cbb5b7f55a95eca9fa06141539ecfee3964ea33e03fb304a777d6ce1d318d5"},
    {"werkzeug scrypt", PASSWORD,
     "scrypt:32768:8:1$f7612d2e80f261aa$8ff2c62ed766d25d9cd243b623b7fd9ff710c34951c383f677e597a85d298e"
     "da5b7461ca118f9919975d9dd00c4e86d330e5c9cd7cdc7e10fe627cc06f5a0eda"},
    {"django scrypt", PASSWORD,
     "scrypt$16384$Q8rG2bVtLkPz0wXn4dYsEa$8$1$LlICLJAYqeRFkuh4CIn4HKlqgCgqMuf9NIjVoBpi/iH/H4ZhQHGU0dH3"
     "CfumuANhedc2p50GdgiOMlEW5fTo5Q=="},
    {"django pbkdf2_sha256", PASSWORD,
     "pbkdf2_sha256$1500$seasaltseasalt12$NtmKZ7yDsXM/BtQbTfzGnE67K3wJOpKJhi7f5OK42UI="},
    {"django default", PASSWORD,
     "pbkdf2_sha256$260000$1WGI9PuxoHb8Pd1W0sQHsR$vfVbyHhGUCE+p3BPyU4ZXjaevGKb+HskIJgbNQYlYXk="},
    {"django pbkdf2_sha1", PASSWORD, "pbkdf2_sha1$1500$seasaltseasalt12$qd4eMkmAWr75pMWMHmDaq4Vm2JI="},
    {"django argon2", PASSWORD,
     "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzb21lc2FsdA$esRHvi30KRkmUFjwXrqCtg"},
    {"django argon2i", PASSWORD,
     "argon2$argon2i$v=19$m=512,t=2,p=2$h7+caBGi6vkywM4LqQWy8w$68HV/Y3pbezGM+ZNfsE+yQ"},
    {"django bcrypt_sha256", PASSWORD,
     "bcrypt_sha256$$2b$04$59zlPVL1dw3Sd9xzmc/uruo0qQI0d57neOaOwDbZ4Ygg/DeS032sO"},
    {"django bcrypt", PASSWORD, "bcrypt$$2b$04$.El1aC5Hfyk00KhkBsMQHuc2XjFyG55uoqkqTcZsMvVT1aqiDU7Zu"},
    {"bcrypt 2b", PASSWORD, "$2b$04$2MCNZ5eG9LQmgjZLp1rUeuhlfyFTbOpLjQwAVGJiXAup9Tgo4LIoG"},
    {"bcrypt 2a", PASSWORD, "$2a$04$NjDM0IJEdtJ7xs4V26bikOZm0Bh1SVNILNUWygsFrbeP5yqVbdaCa"},
    {"bcrypt 2y", PASSWORD, "$2y$04$UAzWA2BpFKj0lLCCOMRIYuV/xv7qVCSE73fV.wYC4o8aXCHBrggU6"},
    {"bcrypt 2b 12", PASSWORD, "$2b$12$oAc1mF0zU2mNkrLNM040PeKtx4ta/p1KY49sEP3CNzr3v56VfJmmm"},
    {"argon2-cffi default", PASSWORD,
     "$argon2id$v=19$m=102400,t=2,p=8$0YuCgS+dneWclOq7lLxUrg$NJeeQH5xqzkDQuo4wvgqjg"},
    {"argon2i small", PASSWORD, "$argon2i$v=19$m=4096,t=3,p=1$wNkC6D2xNZ/1a5GNf9hQLA$3jWVwNl8PPDur+Otzk3v1A"},
    {"werkzeug pbkdf2:sha256", TYPED,
     "pbkdf2:sha256:2600$x2r1PBjYdNP846iL$ef833ab9f2833def8f88b5a448876b32a610f86fd2703928691940532164"
     "2dcc"},
    {"werkzeug scrypt", TYPED,
     "scrypt:32768:8:1$f19b2eb920df0f3a$e3f73f041ae111e16376f06dd0c65c4912a5569a6ee9571ec93e7386156bb1"
     "ba6e2bb2de1f99c63c53855e3223ac67af82cfc7105f7cb551ce9e6318767145a1"},
    {"django scrypt", TYPED,
     "scrypt$16384$Q8rG2bVtLkPz0wXn4dYsEa$8$1$sGSmV3CLaoYeo6rvW5sRYw67DD7/EswKBZKR1tZdGQ8FkF1ozDoJAK4V"
     "OveWLfDNY6abCVzOg9/cM9Xk15rFeg=="},
    {"django pbkdf2_sha256", TYPED,
     "pbkdf2_sha256$1500$seasaltseasalt12$pBIyNw6ojy4+Rreilj999c/pTS/TCQ+k2AzOqPPYWKI="},
    {"django pbkdf2_sha1", TYPED, "pbkdf2_sha1$1500$seasaltseasalt12$b7FNH3l+0XYt6RNoxkG2vu7lcG8="},
    {"django argon2", TYPED,
     "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzb21lc2FsdA$sP0ZHQriGl8/HySe+qG39g"},
    {"django argon2i", TYPED,
     "argon2$argon2i$v=19$m=512,t=2,p=2$HaUGe63jhu5cVZwjrTzs6g$hrfkwlQM7WCkStuBfEATCw"},
    {"django bcrypt_sha256", TYPED,
     "bcrypt_sha256$$2b$04$16C2pBop6E.sPArvUUWZKep4I75t1f4MV2AWT4z951IGkNOUQy6Pm"},
    {"django bcrypt", TYPED, "bcrypt$$2b$04$EDr66UTCsBfSyLYBOuvUVOdN0AABBLYa32fS6bq1RtmJU.cOJxyPW"},
    {"bcrypt 2b", TYPED, "$2b$04$i8DQ2ukJo2ij1TCwqGpMlOq/nsWVg8MuDnqPvJKU4hilrcmUdzCmC"},
    {"argon2-cffi default", TYPED,
     "$argon2id$v=19$m=102400,t=2,p=8$bcbv5lXt1UF1fbzTJgOzTg$VSEaVZjSlWl9jH2kpujBcg"},
    {"argon2i small", TYPED, "$argon2i$v=19$m=4096,t=3,p=1$5PX3m9Q0vK8RY+2Gu8wGUA$qt9z/8WbV2Dc1kgBkY7W/w"},
};

#endif
