# cmake --install: headers, both libraries, dewar.pc and the CMake package `dewar`.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dewar)

install(DIRECTORY include/dw DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS dewar_static dewar_shared EXPORT dewarTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT dewarTargets NAMESPACE dewar:: DESTINATION ${package_dir})

list(TRANSFORM DEWAR_PKGCONFIG_REQUIRES REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE DEWAR_QUOTED_REQUIRES)
list(JOIN DEWAR_QUOTED_REQUIRES " " DEWAR_QUOTED_REQUIRES)
configure_package_config_file(cmake/dewarConfig.cmake.in ${CMAKE_BINARY_DIR}/dewarConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/dewarConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/dewarConfig.cmake ${CMAKE_BINARY_DIR}/dewarConfigVersion.cmake
              cmake/dewar_add_app.cmake cmake/dewar_embed.cmake
        DESTINATION ${package_dir})

# The file finds its tree by its own place, so that the tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE libdir_below)
string(REGEX REPLACE "[^/]+" ".." libdir_up "${libdir_below}/pkgconfig")
# libpq's own description names, for static linking, what Debian's packages of it do not bring: libpq stays shared.
set(DEWAR_PC_OF_PACKAGES ${DEWAR_PKGCONFIG_REQUIRES})
list(FILTER DEWAR_PC_OF_PACKAGES EXCLUDE REGEX "^libpq ")
list(JOIN DEWAR_PC_OF_PACKAGES ", " DEWAR_PC_REQUIRES)
configure_file(cmake/dewar.pc.in ${CMAKE_BINARY_DIR}/dewar.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/dewar.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
