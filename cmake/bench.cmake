# bench/<name>.c: one program per claim, in <build>/bench/.
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
# What binding is compared with.
pkg_check_modules(JANSSON IMPORTED_TARGET jansson)
foreach(source IN LISTS benches)
  cmake_path(GET source STEM name)
  if(name STREQUAL "schema" AND NOT JANSSON_FOUND)
    continue()
  endif()
  add_executable(bench_${name} ${source})
  set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  target_compile_definitions(bench_${name} PRIVATE _GNU_SOURCE=)
  target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(bench_${name} PRIVATE dewar_static)
  dewar_warnings(bench_${name})
  # Only what measures our own code is worth the time that optimising across files takes.
  if(DEWAR_LTO AND NOT name MATCHES "^(request|schema)$")
    target_link_options(bench_${name} PRIVATE -fno-lto)
  endif()
endforeach()
if(JANSSON_FOUND)
  target_link_libraries(bench_schema PRIVATE PkgConfig::JANSSON)
endif()

# bench/apps/routes.c with ever more routes.
foreach(count 10 1000 10000)
  dewar_add_app(bench_routes_${count} SOURCES ${CMAKE_SOURCE_DIR}/bench/apps/routes.c)
  set_target_properties(bench_routes_${count} PROPERTIES
    OUTPUT_NAME routes_${count} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  target_compile_definitions(bench_routes_${count} PRIVATE ROUTES=${count})
  dewar_warnings(bench_routes_${count})
endforeach()
