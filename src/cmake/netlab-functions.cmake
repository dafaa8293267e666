# SPDX-License-Identifier: MIT
cmake_policy(VERSION 3.22) # ENVIRONMENT_MODIFICATION of tests

# netlab_add_test(NAME name TOPOLOGY file COMMAND command [argument...]
#                 [WORKING_DIRECTORY directory] [CONFIGURATIONS config...]
#                 [WAIT seconds] [TIMEOUT seconds] [LABELS label...] [ENVIRONMENT NAME=VALUE...]
#                 [SKIP_RETURN_CODE number])
#
# A test that finds the network of a topology file up: `netlab run file -- command`. It needs no
# root, and any number of them run side by side (ctest -j), each in a sandbox of its own.
#
# file is relative to the current source directory. COMMAND is as of add_test(): a target made by
# add_executable(), before or after, or a command; generator expressions work. NAME,
# WORKING_DIRECTORY and CONFIGURATIONS are add_test()'s, too. WAIT is `netlab run --wait=seconds`:
# the network must be usable by then.
#
# The test has the label netlab beside its own, and is skipped when the command exits with 77 (or
# SKIP_RETURN_CODE). In the command's PATH this netlab comes first. All else of a test can be set by
# set_tests_properties(), but for ENVIRONMENT_MODIFICATION, which is where that stands.
function(netlab_add_test)
    set(single NAME TOPOLOGY WORKING_DIRECTORY WAIT TIMEOUT SKIP_RETURN_CODE)
    set(several COMMAND CONFIGURATIONS LABELS ENVIRONMENT)
    cmake_parse_arguments(PARSE_ARGV 0 test "" "${single}" "${several}")
    foreach(key NAME TOPOLOGY COMMAND)
        if("${test_${key}}" STREQUAL "")
            message(FATAL_ERROR "netlab_add_test: ${key} is missing")
        endif()
    endforeach()
    if(NOT "${test_UNPARSED_ARGUMENTS}" STREQUAL "")
        message(FATAL_ERROR "netlab_add_test: not understood: ${test_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT test_TOPOLOGY MATCHES "^\\$<")
        get_filename_component(test_TOPOLOGY "${test_TOPOLOGY}" ABSOLUTE
                               BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    endif()

    # COMMAND's words one by one, as a list loses those that are empty: "${ARGV7}" "${ARGV8}" …
    set(words "")
    set(key "")
    set(i 0)
    while(i LESS ARGC)
        if("${ARGV${i}}" IN_LIST single OR "${ARGV${i}}" IN_LIST several)
            set(key "${ARGV${i}}")
        elseif(key STREQUAL "COMMAND" AND words STREQUAL "")
            set(command "${ARGV${i}}")
            set(words " \"\${command}\"")
        elseif(key STREQUAL "COMMAND")
            string(APPEND words " \"\${ARGV${i}}\"")
        endif()
        math(EXPR i "${i} + 1")
    endwhile()
    # add_test() takes the first for a target where there is one when all is configured.
    if(command MATCHES "^[A-Za-z0-9_.+:-]+$")
        set(type "$<$<TARGET_EXISTS:${command}>:$<TARGET_PROPERTY:${command},TYPE>>")
        set(is_target "$<STREQUAL:${type},EXECUTABLE>")
        set(command "$<${is_target}:$<TARGET_FILE:${command}>>$<$<NOT:${is_target}>:${command}>")
    endif()

    set(options "")
    if(NOT "${test_WAIT}" STREQUAL "")
        set(options "--wait=${test_WAIT}")
    endif()
    set(how "")
    if(NOT "${test_WORKING_DIRECTORY}" STREQUAL "")
        string(APPEND how " WORKING_DIRECTORY \"\${test_WORKING_DIRECTORY}\"")
    endif()
    if(NOT "${test_CONFIGURATIONS}" STREQUAL "")
        string(APPEND how " CONFIGURATIONS \${test_CONFIGURATIONS}")
    endif()
    cmake_language(EVAL CODE "add_test(NAME \"\${test_NAME}\" ${how} COMMAND netlab::command run
                              \${options} \"\${test_TOPOLOGY}\" -- ${words})")

    if("${test_SKIP_RETURN_CODE}" STREQUAL "")
        set(test_SKIP_RETURN_CODE 77)
    endif()
    list(PREPEND test_LABELS netlab)
    set_tests_properties("${test_NAME}" PROPERTIES
        LABELS "${test_LABELS}"
        SKIP_RETURN_CODE "${test_SKIP_RETURN_CODE}"
        ENVIRONMENT_MODIFICATION "PATH=path_list_prepend:$<TARGET_FILE_DIR:netlab::command>")
    foreach(key TIMEOUT ENVIRONMENT)
        if(NOT "${test_${key}}" STREQUAL "")
            set_tests_properties("${test_NAME}" PROPERTIES ${key} "${test_${key}}")
        endif()
    endforeach()
endfunction()
