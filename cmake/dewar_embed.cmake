# Writes OUT, a C file that defines SYMBOL_migrations[] from the .sql files that LIST names, one a line.  NNNN_name.sql is for every
# database; where they differ, NNNN_name.sqlite.sql and NNNN_name.pg.sql stand beside each other.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${LIST} files ENCODING UTF-8)
set(blobs "")
set(rows "")
set(numbers "")

# One escaped character per byte, 24 a line; the closing NUL is not counted in the size.
function(embed file name)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',))" "\\1\n    "
                       bytes "${bytes}")
  set(blobs "${blobs}static const char ${name}[] = {\n    ${bytes}'\\0'};\n\n" PARENT_SCOPE)
endfunction()

foreach(file IN LISTS files)
  cmake_path(GET file FILENAME base)
  if(NOT base MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)(\\.pg|\\.sqlite)?\\.sql$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql, name of a-z, 0-9 and _; or NNNN_name.sqlite.sql and "
                        "NNNN_name.pg.sql, where the databases differ")
  endif()
  set(digits ${CMAKE_MATCH_1})
  set(title ${CMAKE_MATCH_2})
  set(kind "${CMAKE_MATCH_3}")
  string(REGEX REPLACE "\\.(pg|sqlite)\\.sql$" "" stem ${file})
  if(kind STREQUAL ".pg")
    if(NOT "${stem}.sqlite.sql" IN_LIST files)
      message(FATAL_ERROR "${file}: ${digits}_${title}.sqlite.sql is missing beside it; it may be empty")
    endif()
    continue()
  endif()
  if(digits IN_LIST numbers)
    message(FATAL_ERROR "${file}: there is another migration with number ${digits}")
  endif()
  list(APPEND numbers ${digits})
  string(REGEX REPLACE "^0+([0-9])" "\\1" number ${digits})

  file(SIZE ${file} size)
  embed(${file} sql_${digits})
  set(postgres "NULL, 0")
  if(kind STREQUAL ".sqlite")
    if(NOT "${stem}.pg.sql" IN_LIST files)
      message(FATAL_ERROR "${file}: ${digits}_${title}.pg.sql is missing beside it; it may be empty")
    endif()
    file(SIZE ${stem}.pg.sql pg_size)
    embed(${stem}.pg.sql pg_${digits})
    set(postgres "pg_${digits}, ${pg_size}")
  endif()
  string(APPEND rows "    {${number}, \"${title}\", sql_${digits}, ${size}, ${postgres}},\n")
endforeach()
file(WRITE ${OUT}
"/* Made by the build from the migrations directory. */
#include <dw/migration.h>

${blobs}DW_MIGRATIONS(${SYMBOL});
const dw_migration ${SYMBOL}_migrations[] = {
${rows}    {0, NULL, NULL, 0, NULL, 0},
};
")
