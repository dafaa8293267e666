/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of settings of the host that several labs share, where one lab comes or goes while
 * another is being changed.
 */
#include <string.h>

#include "library.h"

#define SETTING "/proc/sys/net/ipv4/ip_default_ttl"

/* What goes, goes before settings are given back; what comes, after they are set; and there is
   something to do in between. */
static const char with_setting[] = "name: one\n"
                                   "namespaces:\n"
                                   "  host: {sysctls: {net.ipv4.ip_default_ttl: 91}}\n"
                                   "  a:\n"
                                   "    sysctls: {net.ipv4.ip_default_ttl: 70}\n"
                                   "    interfaces: {br1: {type: bridge}}\n",
                  without_setting[] = "name: one\n"
                                      "namespaces:\n"
                                      "  host:\n"
                                      "  a:\n"
                                      "    sysctls: {net.ipv4.ip_default_ttl: 71}\n"
                                      "    interfaces: {br2: {type: bridge}}\n";

static sig_atomic_t cancel;

/* What somebody else does in the middle of a change. */
struct middle {
    const char *command;
    int after; /* so many steps */
    bool then_cancel;
    int times;
};

static void in_the_middle(const struct netlab_progress *progress, void *userdata)
{
    struct middle *middle = userdata;

    (void)progress;
    if (middle->times++ != middle->after)
        return;
    ok("%s", middle->command);
    cancel = middle->then_cancel;
}

static void change_to(const char *yaml, struct middle middle)
{
    const struct netlab_options options = {
        .progress = in_the_middle, .userdata = &middle, .cancel = &cancel};
    struct netlab_lab *lab = NULL;

    cancel = 0;
    fine(netlab_load_buffer(yaml, strlen(yaml), "lab.yaml", &lab, report));
    if (middle.then_cancel)
        refused(netlab_up(lab, &options, NULL, report), ECANCELED, "");
    else
        fine(netlab_up(lab, &options, NULL, report));
    ck_assert_int_gt(middle.times, middle.after);
    netlab_lab_free(lab);
}

static void is_set(const char *value)
{
    ck_assert_str_eq(sh("cat " SETTING).out, text("%s\n", value));
}

static const char *two(void)
{
    return file_with("two.yaml", "namespaces: {host: {sysctls: {net.ipv4.ip_default_ttl: 91}}}\n");
}

/* … until it goes. */
static void two_has_it(const char *file)
{
    is_set("91");
    ok("$NETLAB diff %s", file);
    fine(netlab_down("one", NULL, NULL, report));
    is_set("91");
    ok("$NETLAB down two");
    is_set("55");
}

static void nobody_has_it(void)
{
    is_set("55");
    fine(netlab_down("one", NULL, NULL, report));
    is_set("55");
}

START_TEST (test_comes_while_it_is_given_back) {
    const char *file = two();

    ok("echo 55 >" SETTING);
    lab_up(with_setting);
    change_to(without_setting, (struct middle){.command = text("$NETLAB up %s", file)});
    two_has_it(file);
}
END_TEST

START_TEST (test_comes_while_it_is_taken_back) {
    const char *file = two();

    ok("echo 55 >" SETTING);
    lab_up(without_setting);
    change_to(with_setting,
              (struct middle){.command = text("$NETLAB up %s", file), .then_cancel = true});
    two_has_it(file);
}
END_TEST

/* It leaves the setting to the lab that is being changed, which has it no longer then. */
START_TEST (test_goes_while_it_is_taken_back) {
    ok("echo 55 >" SETTING);
    lab_up(without_setting);
    ok("$NETLAB up %s", two());
    change_to(with_setting, (struct middle){.command = "$NETLAB down two", .then_cancel = true});
    nobody_has_it();
}
END_TEST

START_TEST (test_goes_while_it_is_given_back) {
    ok("echo 55 >" SETTING);
    ok("$NETLAB up %s", two());
    lab_up(with_setting);
    change_to(without_setting, (struct middle){.command = "$NETLAB down two"});
    nobody_has_it();
}
END_TEST

/* A setting for all interfaces sets each; what one has of its own stays. */
START_TEST (test_own_settings_stay) {
    static const char yaml[] = "name: one\n"
                               "namespaces:\n"
                               "  host:\n%s"
                               "    sysctls: {net.ipv4.conf.d0.forwarding: 1}\n"
                               "    interfaces: {d0: {type: bridge}}\n";
    struct netlab_result result = {0};
    struct netlab_lab *lab = NULL;
    const char *after = text(yaml, "");

    ok("echo 0 >/proc/sys/net/ipv4/ip_forward");
    lab_up(text(yaml, "    forwarding: ipv4\n"));
    fine(netlab_load_buffer(after, strlen(after), "lab.yaml", &lab, report));
    fine(netlab_up(lab, NULL, &result, report));
    ck_assert_uint_gt(result.steps, 0);
    ck_assert_str_eq(sh("cat /proc/sys/net/ipv4/ip_forward").out, "0\n");
    ck_assert_str_eq(sh("cat /proc/sys/net/ipv4/conf/d0/forwarding").out, "1\n");
    fine(netlab_up(lab, NULL, &result, report));
    ck_assert_uint_eq(result.steps, 0);
    netlab_lab_free(lab);
    fine(netlab_down("one", NULL, NULL, report));
}
END_TEST

/* Those of interfaces that are the lab's are nobody else's. */
START_TEST (test_own_settings_come_back) {
    static const char yaml[] = "name: one\n"
                               "namespaces:\n"
                               "  host:\n"
                               "    sysctls: {net.ipv4.conf.d0.rp_filter: %d}\n"
                               "    interfaces: {d0: {type: bridge}}\n"
                               "  a:\n"
                               "    sysctls: {net.ipv4.ip_default_ttl: %d}\n"
                               "    interfaces: {br%d: {type: bridge}}\n";

    lab_up(text(yaml, 1, 70, 1));
    change_to(text(yaml, 2, 71, 2),
              (struct middle){.command = "grep 2 /proc/sys/net/ipv4/conf/d0/rp_filter",
                              .after = 4,
                              .then_cancel = true});
    ck_assert_str_eq(sh("cat /proc/sys/net/ipv4/conf/d0/rp_filter").out, "1\n");
    fine(netlab_down("one", NULL, NULL, report));
}
END_TEST

Suite *shared_suite(void)
{
    Suite *suite = suite_create("shared");
    TCase *tcase = tcase_create("shared");

    tcase_add_checked_fixture(tcase, with_report, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_comes_while_it_is_given_back);
    tcase_add_test(tcase, test_comes_while_it_is_taken_back);
    tcase_add_test(tcase, test_goes_while_it_is_taken_back);
    tcase_add_test(tcase, test_goes_while_it_is_given_back);
    tcase_add_test(tcase, test_own_settings_stay);
    tcase_add_test(tcase, test_own_settings_come_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
