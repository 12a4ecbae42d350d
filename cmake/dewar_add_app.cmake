# dewar_add_app(<name> SOURCES <file>… [MIGRATIONS <directory>] [SHARED])
#
# Makes the executable <name> from SOURCES with libdewar: the static library, or the shared one where SHARED is given.  With
# MIGRATIONS, every NNNN_name.sql of the directory, or pair of NNNN_name.sqlite.sql and NNNN_name.pg.sql, is embedded as a row of
# <name>_migrations[] (see dw/migration.h); a
# changed, added or removed file is embedded anew at the next build.
include_guard(GLOBAL)
set(DEWAR_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/dewar_embed.cmake)

function(dewar_add_app name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED" "MIGRATIONS" "SOURCES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dewar_add_app(${name} SOURCES <file>… [MIGRATIONS <directory>] [SHARED])")
  endif()

  add_executable(${name} ${arg_SOURCES})
  if(arg_SHARED)
    target_link_libraries(${name} PRIVATE dewar::dewar)
  else()
    target_link_libraries(${name} PRIVATE dewar::static)
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
