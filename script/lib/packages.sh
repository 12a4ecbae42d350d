# shellcheck shell=bash
# Debian 12 packages by what needs them: group, package, the command it gives (- for a library), why.
# A command that is there already counts, wherever it came from.
package_table()
{
    cat << 'EOF'
build  gcc                 gcc           compiles
build  libc6-dev           -             headers of the C library
build  cmake               cmake         describes the build
build  ninja-build         ninja         runs the build
build  pkgconf             pkg-config    finds the libraries
build  libssl-dev          -             OpenSSL: signatures, HKDF, TLS
build  libsodium-dev       -             libsodium: Argon2id, random numbers
build  libsqlite3-dev      -             SQLite: the embedded database
build  libpcre2-dev        -             PCRE2: patterns in schemas
build  libpq-dev           -             libpq: PostgreSQL
build  libutf8proc-dev     -             utf8proc: normal forms of text
build  libcrypt-dev        -             libcrypt: bcrypt, for hashes of passwords from elsewhere
build  libqrencode-dev     -             libqrencode: QR codes of second factors
build  libpsl-dev          -             libpsl: public suffixes, below which no origin is anybody's own
build  zlib1g-dev          -             zlib: pictures
build  libcurl4-openssl-dev -            libcurl: mail; its headers, it is loaded when a mail is sent
build  curl                curl          asks the server whether it is ready
test   clang               clang         the second compiler, and libFuzzer
test   libclang-rt-14-dev  -             sanitizers and libFuzzer for clang
test   g++                 g++           public headers under C++
test   binutils            readelf       reads the hardening from the binaries
test   gdb                 gdb           shows the fibers of a worker
test   valgrind            valgrind      finds memory that is read before it is written
test   postgresql-15       -             a server of our own for the tests
test   openssl             openssl       certificates of our own for the tests
test   libcmocka-dev       -             unit tests
test   libjansson-dev      -             an independent JSON reader, to compare ours with
test   python3             python3       runs the tests
test   groff-base          groff         reads the man pages
test   doxygen             doxygen       builds the reference
test   node-llhttp         -             the C source of llhttp, to compare our parser with
test   slowhttptest        slowhttptest  clients that are slow on purpose
test   python3-aiosmtpd    -             a mail server of our own for the tests
test   nginx-light         nginx         a proxy by somebody else
test   oathtool            oathtool      one-time codes by somebody else
test   zbar-tools          zbarimg       reads QR codes
test   procps              ps            shows the processes of a server
test   nodejs              node          runs the browser tests
test   npm                 npm           installs what they need, by lockfile
test   chromium            chromium      the browser
docs   nodejs              node          runs npm
docs   npm                 npm           installs the files of the page /docs
lint   clang-format        clang-format  layout of the sources
lint   clang-tidy          clang-tidy    static analysis
lint   clang               clang         says what a source includes
lint   cppcheck            cppcheck      static analysis
lint   shellcheck          shellcheck    shell scripts
lint   python3             python3       our own rules
bench  wrk                 wrk           makes the load
bench  nginx-light         nginx         what to compare with
bench  python3             python3       counts processor time
bench  gdb                 gdb           counts allocations
bench  libjansson-dev      -             a JSON reader, to compare binding with
bench  python3-pydantic    -             pydantic, to compare binding with
bench  python3-marshmallow -             marshmallow, to compare binding with
bench  python3-flask       -             Flask, to compare with
bench  gunicorn            gunicorn      runs Flask
bench  python3-fastapi     -             FastAPI, to compare with
bench  uvicorn             uvicorn       runs FastAPI
bench  python3-uvloop      -             the faster loop for it
bench  python3-httptools   -             the faster parser for it
bench  python3-jwt         -             the tokens of both
bench  nodejs              node          runs Fastify, to compare with
bench  npm                 npm           installs it, by lockfile
bench  g++                 g++           compiles its SQLite
bench  make                make          the same
EOF
}
