# The warnings that every source of ours is free of, with gcc and clang alike.
set(DEWAR_WARNINGS
    -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
    -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough)
# Tests compare and cast more than a program should: cmocka's macros widen every value they compare.
set(DEWAR_TEST_WARNINGS -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes -Wvla -Wundef -Wwrite-strings)
if(DEWAR_WERROR)
  list(APPEND DEWAR_WARNINGS -Werror)
  list(APPEND DEWAR_TEST_WARNINGS -Werror)
endif()

function(dewar_warnings target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:${DEWAR_WARNINGS}>)
endfunction()

function(dewar_test_warnings target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:${DEWAR_TEST_WARNINGS}>)
endfunction()
