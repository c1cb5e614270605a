# What is installed, and the Debian package of it: `cpack -G DEB` in a build folder of the preset
# release. Names, paths and scripts are those of Debian; packaging/debian holds what dpkg reads.
set(PACKAGING ${PROJECT_SOURCE_DIR}/packaging)
set(PACKAGING_MADE ${CMAKE_BINARY_DIR}/packaging)

# Version, maintainer and date come from the changelog alone.
file(STRINGS ${PACKAGING}/debian/changelog changelog_head LIMIT_COUNT 1 REGEX "^mobync-server ")
file(STRINGS ${PACKAGING}/debian/changelog changelog_foot LIMIT_COUNT 1 REGEX "^ -- ")
string(REGEX REPLACE "^mobync-server \\(([^-]+)-([^)]+)\\).*" "\\1;\\2" changelog_version "${changelog_head}")
list(GET changelog_version 0 package_version)
list(GET changelog_version 1 package_release)
string(REGEX REPLACE "^ -- (.*>)  .*" "\\1" package_maintainer "${changelog_foot}")
string(REGEX REPLACE "^ -- .*>  " "" package_date "${changelog_foot}")
if(NOT package_version VERSION_EQUAL PROJECT_VERSION)
    message(FATAL_ERROR "packaging/debian/changelog is about ${package_version}, "
                        "the project about ${PROJECT_VERSION}")
endif()

execute_process(COMMAND date --utc --date ${package_date} +%Y-%m-%d OUTPUT_VARIABLE manual_date
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

find_program(GZIP gzip REQUIRED)
find_program(AWK awk REQUIRED)
find_program(LOWDOWN lowdown REQUIRED)

# package_gzip NAME FROM: FROM, compressed as Debian wants it, without a time stamp
function(package_gzip name from)
    add_custom_command(OUTPUT ${PACKAGING_MADE}/${name}
        COMMAND ${GZIP} -9nc ${from} > ${PACKAGING_MADE}/${name}
        DEPENDS ${from} VERBATIM)
    set_property(GLOBAL APPEND PROPERTY PACKAGE_MADE ${PACKAGING_MADE}/${name})
endfunction()

file(MAKE_DIRECTORY ${PACKAGING_MADE})
# package_manual TITLE SECTION FROM: the manual page of a Markdown file
function(package_manual title section from)
    set(manual ${PACKAGING_MADE}/${title}.${section})
    string(TOUPPER ${title} heading)
    add_custom_command(OUTPUT ${manual}
        COMMAND ${LOWDOWN} -s -tman --out-no-smarty --nroff-nolinks -o ${manual}
                -m title=${heading} -m section=${section} -m date=${manual_date}
                -m "source=mobync-server ${PROJECT_VERSION}" -m "volume=System Manager's Manual"
                ${from}
        DEPENDS ${from} VERBATIM)
    package_gzip(${title}.${section}.gz ${manual})
endfunction()

set(config_manual ${PACKAGING_MADE}/mobync.yaml.5.md)
add_custom_command(OUTPUT ${config_manual}
    COMMAND ${AWK} -f ${PACKAGING}/config_manual.awk ${PROJECT_SOURCE_DIR}/docs/config.md
            > ${config_manual}
    DEPENDS ${PACKAGING}/config_manual.awk ${PROJECT_SOURCE_DIR}/docs/config.md VERBATIM)
package_manual(mobync.yaml 5 ${config_manual})
package_manual(mobync 8 ${PROJECT_SOURCE_DIR}/docs/man/mobync.8.md)
package_gzip(changelog.gz ${PROJECT_SOURCE_DIR}/NEWS.md)
package_gzip(changelog.Debian.gz ${PACKAGING}/debian/changelog)
get_property(package_made GLOBAL PROPERTY PACKAGE_MADE)
add_custom_target(package_files ALL DEPENDS ${package_made})

set(DOC_DIR share/doc/mobync-server)
install(TARGETS mobync DESTINATION sbin)
# Useless in a binary, and kept by strip.
install(CODE "execute_process(COMMAND ${CMAKE_OBJCOPY} --remove-section=.comment
    \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/sbin/mobync COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${PROJECT_SOURCE_DIR}/conf/mobync.yaml DESTINATION /etc/mobync)
install(FILES nginx/mobync-http.conf nginx/mobync-locations.conf nginx/mobync-poke-http.conf
              nginx/mobync-poke.conf DESTINATION /etc/nginx/snippets)
install(FILES nginx/mobync.conf DESTINATION /etc/nginx/sites-available RENAME mobync)
install(FILES conf/systemd/mobync.service conf/systemd/mobync.socket DESTINATION lib/systemd/system)
install(FILES conf/tmpfiles.d/mobync.conf DESTINATION lib/tmpfiles.d)
install(FILES conf/sysusers.d/mobync.conf DESTINATION lib/sysusers.d)
install(FILES conf/bash-completion/mobync DESTINATION share/bash-completion/completions)
install(FILES ${PACKAGING_MADE}/mobync.8.gz DESTINATION share/man/man8)
install(FILES ${PACKAGING_MADE}/mobync.yaml.5.gz DESTINATION share/man/man5)
install(FILES ${PACKAGING_MADE}/changelog.gz ${PACKAGING_MADE}/changelog.Debian.gz
              ${PACKAGING}/debian/copyright ${PACKAGING}/debian/README.Debian DESTINATION ${DOC_DIR})
install(FILES ${PACKAGING}/debian/lintian-overrides DESTINATION share/lintian/overrides
        RENAME mobync-server)
file(GLOB package_docs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
list(FILTER package_docs EXCLUDE REGEX "/(architecture|benchmarks)\\.md$")
install(FILES ${package_docs} docs/openapi.yaml DESTINATION ${DOC_DIR})
install(FILES conf/grafana-dashboard.json conf/prometheus-rules.yaml
        DESTINATION ${DOC_DIR}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME mobync-server)
set(CPACK_PACKAGE_VERSION ${package_version})
set(CPACK_PACKAGE_CONTACT ${package_maintainer})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sync server for apps that work offline, on MariaDB")
set(CPACK_STRIP_FILES ON)
# After a build of the program alone, as by scripts/up, the rest of the package is still missing.
set(CPACK_INSTALL_COMMANDS
    "\"${CMAKE_COMMAND}\" --build \"${CMAKE_BINARY_DIR}\" --target mobync package_files")
# Half of the files belong under /etc and half under /usr.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${package_release})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libcurl is loaded at run time (include/libcurl/libcurl.h), so nobody sees it in the program.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers, \
libcurl4t64 (>= 7.85) | libcurl4 (>= 7.85)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nginx, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "default-mysql-server | virtual-mysql-server, bash-completion")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Phones keep their own database and send what has changed; the server merges
these changes with those of the owner's other devices, field by field, writes
the result to the app's own tables in MariaDB, and sends the phone what it
lacks. It speaks the protocol of the mobync client for Flutter.
.
It runs as a pool of FastCGI workers behind nginx. Each sync is one
transaction, applied exactly once even if the response is lost.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PACKAGING}/debian/conffiles ${PACKAGING}/debian/postinst
    ${PACKAGING}/debian/prerm ${PACKAGING}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
