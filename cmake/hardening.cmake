# Flags of the whole build: position-independent everywhere, hardening in a release, sanitizers where asked for.
# tests/elf reads from the binaries that the hardening arrived.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-fno-common -fno-strict-aliasing -fno-omit-frame-pointer)
# A .S file says nothing of the stack or of CET by itself: <cet.h> writes the note where -fcf-protection is on.
add_compile_options("$<$<COMPILE_LANGUAGE:ASM>:SHELL:-Wa,--noexecstack -include cet.h>")
add_link_options(-Wl,-z,noexecstack)

if(DEWAR_HARDEN)
  add_compile_options(-fcf-protection=full)
  add_compile_options("$<$<COMPILE_LANGUAGE:C>:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>"
                      "$<$<COMPILE_LANGUAGE:C>:SHELL:-fstack-protector-strong -fstack-clash-protection>")
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()

if(DEWAR_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

if(DEWAR_LTO)
  # Fat objects, so that the installed static library serves every compiler.
  add_compile_options("$<$<COMPILE_LANGUAGE:C>:SHELL:-flto=auto -ffat-lto-objects>")
  add_link_options(-flto=auto)
endif()
