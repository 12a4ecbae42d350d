# What libdewar stands on, found with pkg-config; script/setup installs it.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
set(DEWAR_PKGCONFIG_REQUIRES "libcrypto >= 3.0" "libsodium >= 1.0.18" "sqlite3 >= 3.40" "libpcre2-8 >= 10.40"
    "libpq >= 15" "libutf8proc >= 2.5" "libcrypt >= 4.4" "libqrencode >= 4.0" "libpsl >= 0.21"
    "zlib >= 1.2.11")
pkg_check_modules(DEWAR_DEPS REQUIRED IMPORTED_TARGET ${DEWAR_PKGCONFIG_REQUIRES})
set(DEWAR_LINK PkgConfig::DEWAR_DEPS Threads::Threads ${CMAKE_DL_LIBS} m)
