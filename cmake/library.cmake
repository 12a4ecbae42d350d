# libdewar from src/<room>/*: compiled once, into a static and a shared library.
file(GLOB dewar_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*/*.c ${CMAKE_SOURCE_DIR}/src/*/*.S)
file(GLOB dewar_public CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/dw/*.h)
if(NOT dewar_sources)
  message(FATAL_ERROR "no sources under src/")
endif()

# Everything is hidden but what a public header declares.  The public headers say nothing of visibility, so the library
# reads each of them through a wrapper that does.
set(dewar_visible ${CMAKE_BINARY_DIR}/visible)
foreach(header IN LISTS dewar_public)
  cmake_path(GET header FILENAME name)
  file(CONFIGURE OUTPUT ${dewar_visible}/dw/${name} CONTENT
"#pragma GCC visibility push(default)
#include_next <dw/${name}>
#pragma GCC visibility pop
")
endforeach()

add_library(dewar_objects OBJECT ${dewar_sources})
target_include_directories(dewar_objects PRIVATE ${dewar_visible} ${CMAKE_SOURCE_DIR}/src)
target_include_directories(dewar_objects PUBLIC ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(dewar_objects PRIVATE ${DEWAR_LINK})
target_compile_options(dewar_objects PRIVATE -fvisibility=hidden)
# Linux is the platform: all that glibc has.  Empty, so that a file may say `#define _GNU_SOURCE` for itself.
target_compile_definitions(dewar_objects PRIVATE _GNU_SOURCE=)
# Functions that must not be used do not compile.
target_compile_options(dewar_objects PRIVATE $<$<COMPILE_LANGUAGE:C>:SHELL:-include ${CMAKE_SOURCE_DIR}/src/base/banned.h>)
dewar_warnings(dewar_objects)
# A release knows lines and functions only (-g1); of fibers it knows all, for script/gdb/dewar.py.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/os/fiber.c PROPERTIES COMPILE_OPTIONS -g)
endif()
# Routes of our own: their places (`check`) are not of the application.
file(RELATIVE_PATH dewar_from_here ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}) # as a cache of compilations writes it
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/app/api_docs.c PROPERTIES
  COMPILE_OPTIONS "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=dewar/;-fmacro-prefix-map=${dewar_from_here}/=dewar/")
# Two words are changed at once there, by cmpxchg16b.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/guard/rate_table.c ${CMAKE_SOURCE_DIR}/src/guard/rate_window.c
  ${CMAKE_SOURCE_DIR}/src/guard/rate_box.c
  PROPERTIES COMPILE_OPTIONS -mcx16)

# The common passwords, which password_list.S takes in as they stand.
set(dewar_passwords ${CMAKE_SOURCE_DIR}/src/auth/password_list.txt)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/auth/password_list.S PROPERTIES
  COMPILE_DEFINITIONS "DW_PASSWORD_LIST=\"${dewar_passwords}\"" OBJECT_DEPENDS ${dewar_passwords})
# … and what is done about each requirement of OWASP ASVS, which asvs_table.S does.
set(dewar_asvs ${CMAKE_SOURCE_DIR}/src/app/asvs.txt)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/app/asvs_table.S PROPERTIES
  COMPILE_DEFINITIONS "DW_ASVS_TABLE=\"${dewar_asvs}\"" OBJECT_DEPENDS ${dewar_asvs})

add_library(dewar_static STATIC $<TARGET_OBJECTS:dewar_objects>)
set_target_properties(dewar_static PROPERTIES OUTPUT_NAME dewar EXPORT_NAME static)
target_link_libraries(dewar_static PUBLIC ${DEWAR_LINK})

set(dewar_map ${CMAKE_SOURCE_DIR}/cmake/libdewar.map)
add_library(dewar_shared SHARED $<TARGET_OBJECTS:dewar_objects>)
set_target_properties(dewar_shared PROPERTIES OUTPUT_NAME dewar EXPORT_NAME dewar VERSION ${PROJECT_VERSION} SOVERSION 0
                                              LINK_DEPENDS ${dewar_map})
target_link_options(dewar_shared PRIVATE -Wl,--version-script=${dewar_map})
if(NOT DEWAR_SANITIZE)
  target_link_options(dewar_shared PRIVATE -Wl,--no-undefined)
endif()
target_link_libraries(dewar_shared PRIVATE ${DEWAR_LINK})

foreach(target dewar_static dewar_shared)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
add_library(dewar::static ALIAS dewar_static)
add_library(dewar::dewar ALIAS dewar_shared)
