/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of the library's calls share; see library.h.
 */
#include "library.h"

#include <dirent.h>
#include <string.h>

struct netlab_report *report;

void with_report(void)
{
    sandbox_enter();
    report = netlab_report_new();
    ck_assert_ptr_nonnull(report);
}

void with_duo(void)
{
    with_report();
    lab_up("name: duo\n"
           "namespaces:\n"
           "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24, fd00::1/64]}}}\n"
           "  right: {interfaces: {eth0: {addresses: [10.0.0.2/24, fd00::2/64]}}}\n"
           "links:\n"
           "  - [left:eth0, right:eth0]\n");
}

void lab_up(const char *yaml)
{
    struct netlab_lab *lab = NULL;

    fine(netlab_load_buffer(yaml, strlen(yaml), "lab.yaml", &lab, report));
    fine(netlab_up(lab, NULL, NULL, report));
    netlab_lab_free(lab);
}

const char *first_message(void)
{
    const struct netlab_diagnostic *first = netlab_report_get(report, 0);
    const char *message = text("%s", first ? first->message : "");

    netlab_report_clear(report);
    return message;
}

int fine_at(const char *file, int line, const char *call, int result)
{
    if (result < 0)
        test_fail_at(file, line, "%s: %d (%s): %s", call, result, strerror(-result),
                     first_message());
    return result;
}

void refused_at(const char *file, int line, const char *call, int result, int error,
                const char *part)
{
    const char *message = first_message();

    if (result != -error)
        test_fail_at(file, line, "%s: %d (%s), not %s: %s", call, result,
                     result < 0 ? strerror(-result) : "no error", strerror(error), message);
    has_at(file, line, message, part, true);
}

int descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    ck_assert_ptr_nonnull(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}
