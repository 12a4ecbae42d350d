# Writes OUT, a C file that defines SYMBOL_migrations[] from the .sql files that LIST names, one a line.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${LIST} files ENCODING UTF-8)
set(blobs "")
set(rows "")
set(last -1)
foreach(file IN LISTS files)
  cmake_path(GET file FILENAME base)
  if(NOT base MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql, name of a-z, 0-9 and _")
  endif()
  set(digits ${CMAKE_MATCH_1})
  set(title ${CMAKE_MATCH_2})
  string(REGEX REPLACE "^0+([0-9])" "\\1" number ${digits})
  if(NOT number GREATER last)
    message(FATAL_ERROR "${file}: there is another migration with number ${digits}")
  endif()
  set(last ${number})

  file(SIZE ${file} size)
  file(READ ${file} hex HEX)
  # One escaped character per byte, 24 a line; the closing NUL is not counted in the size.
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',))" "\\1\n    "
                       bytes "${bytes}")
  string(APPEND blobs "static const char sql_${digits}[] = {\n    ${bytes}'\\0'};\n\n")
  string(APPEND rows "    {${number}, \"${title}\", sql_${digits}, ${size}},\n")
endforeach()
file(WRITE ${OUT}
"/* Made by the build from the migrations directory. */
#include <dw/migration.h>

${blobs}DW_MIGRATIONS(${SYMBOL});
const dw_migration ${SYMBOL}_migrations[] = {
${rows}    {0, NULL, NULL, 0},
};
")
