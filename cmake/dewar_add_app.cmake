# dewar_add_app(<name> SOURCES <file>… [MIGRATIONS <directory>] [TESTS <file>…] [SHARED])
#
# Makes the executable <name> from SOURCES with libdewar: the static library, or the shared one where SHARED is given.  With
# MIGRATIONS, every NNNN_name.sql of the directory, or pair of NNNN_name.sqlite.sql and NNNN_name.pg.sql, is embedded as a row of
# <name>_migrations[] (see dw/migration.h); a
# changed, added or removed file is embedded anew at the next build.
#
# Each file of TESTS is a program of its own, called like the file, that is linked with all of the application (see dw/test.h), and with
# cmocka where that is installed; `ctest` runs it.  It has its own main(): the application's is weak, so that the test's wins.
# BUILD_TESTING=OFF leaves them out, as everywhere in CMake.
include_guard(GLOBAL)
enable_testing() # of the directory that includes this; within a function it would be without effect
set(DEWAR_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/dewar_embed.cmake)

# The programs that test application `name`; its objects are made once, for all of them.
function(dewar_x_add_tests name library)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(DEWAR_CMOCKA QUIET IMPORTED_TARGET cmocka)
  set(weak_main ${CMAKE_CURRENT_BINARY_DIR}/${name}_weak_main.h)
  # Declared without its parameters, since an application may have either main; clang wants it declared.
  file(CONFIGURE OUTPUT ${weak_main} @ONLY CONTENT [[
/* Made by dewar_add_app. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
int main();
#pragma GCC diagnostic pop
#pragma weak main
]])
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${weak_main}>")
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM test)
    add_executable(${test} ${source} $<TARGET_OBJECTS:${name}>)
    target_include_directories(${test} PRIVATE "$<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>")
    target_compile_definitions(${test} PRIVATE "$<TARGET_PROPERTY:${name},COMPILE_DEFINITIONS>")
    target_link_libraries(${test} PRIVATE ${library} "$<TARGET_PROPERTY:${name},LINK_LIBRARIES>")
    target_link_options(${test} PRIVATE -fno-lto)
    if(DEWAR_CMOCKA_FOUND)
      target_link_libraries(${test} PRIVATE PkgConfig::DEWAR_CMOCKA)
    endif()
    add_test(NAME ${test} COMMAND ${test} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  endforeach()
endfunction()

function(dewar_add_app name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED" "MIGRATIONS" "SOURCES;TESTS")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dewar_add_app(${name} SOURCES <file>… [MIGRATIONS <directory>] [TESTS <file>…] [SHARED])")
  endif()

  add_executable(${name} ${arg_SOURCES})
  set(library dewar::static)
  if(arg_SHARED)
    set(library dewar::dewar)
  endif()
  target_link_libraries(${name} PRIVATE ${library})
  # Places in the source (`check`) are of the project, not of this machine.
  file(RELATIVE_PATH from_here ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}) # as a cache of compilations writes it
  target_compile_options(${name} PRIVATE
    "$<$<COMPILE_LANGUAGE:C>:-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=;-fmacro-prefix-map=${from_here}/=>")
  # The library may be optimised together with the application, which takes half a minute: for a release only.
  if(NOT CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
    target_link_options(${name} PRIVATE -fno-lto)
  endif()
  if(arg_TESTS AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
    dewar_x_add_tests(${name} ${library} ${arg_TESTS})
  endif()
  if(NOT arg_MIGRATIONS)
    return()
  endif()

  cmake_path(ABSOLUTE_PATH arg_MIGRATIONS NORMALIZE OUTPUT_VARIABLE dir)
  file(GLOB files CONFIGURE_DEPENDS ${dir}/*.sql)
  if(NOT files)
    message(FATAL_ERROR "dewar_add_app(${name}): no .sql file in ${dir}")
  endif()
  list(SORT files)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${name}_migrations.list)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}_migrations.c)
  # The list is touched only when it changes, so that an added or removed file is seen and nothing else is.
  list(JOIN files "\n" lines)
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}\n" @ONLY)
  string(MAKE_C_IDENTIFIER ${name} symbol)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D SYMBOL=${symbol} -D LIST=${list} -D OUT=${out} -P ${DEWAR_EMBED_SCRIPT}
    DEPENDS ${files} ${list} ${DEWAR_EMBED_SCRIPT}
    COMMENT "Embedding the migrations of ${name}"
    VERBATIM)
  target_sources(${name} PRIVATE ${out})
endfunction()
