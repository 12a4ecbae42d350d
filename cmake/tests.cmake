# tests/unit/<room>/test_<file>.c: one cmocka executable each, linked with the static library.
enable_testing()
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
# An independent JSON reader: for the public vectors, and to compare ours with.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c)
foreach(source IN LISTS unit_tests)
  cmake_path(GET source STEM name)
  cmake_path(GET source PARENT_PATH room)
  cmake_path(GET room FILENAME room)
  set(target unit_${room}_${name})
  add_executable(${target} ${source})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
                                             RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/unit/${room})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE=)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests/unit)
  target_link_libraries(${target} PRIVATE dewar_static PkgConfig::CMOCKA PkgConfig::JANSSON)
  dewar_test_warnings(${target})
  add_test(NAME ${room}/${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

# tests/apps/<name>.c: an application for one scenario, in bin/ beside the others.
file(GLOB test_apps CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/apps/*.c)
foreach(source IN LISTS test_apps)
  cmake_path(GET source STEM name)
  dewar_add_app(${name} SOURCES ${source})
  dewar_warnings(${name})
endforeach()

# Debian's node-llhttp carries the C source of llhttp: ours is compared with it where it is there.
if(EXISTS /usr/share/llhttp/llhttp.c AND EXISTS /usr/share/include/llhttp/llhttp.h)
  set(llhttp_sources /usr/share/llhttp/llhttp.c /usr/share/llhttp/api.c /usr/share/llhttp/http.c)
  set_source_files_properties(${llhttp_sources} PROPERTIES COMPILE_OPTIONS -w)
  target_sources(unit_http_test_h1_llhttp_live PRIVATE ${llhttp_sources})
  target_compile_definitions(unit_http_test_h1_llhttp_live PRIVATE HAVE_LLHTTP=1)
  target_include_directories(unit_http_test_h1_llhttp_live SYSTEM PRIVATE /usr/share/include/llhttp)
endif()
