/* SPDX-License-Identifier: MIT */
/*
 * Job: that the QEMU guest in tests/guest has what the UML guest lacks. Nothing here is about
 * netlab.
 */
#include "kernel.h"
#include "need.h"

Suite *full_suite(void);

START_TEST (test_wireguard_links) {
    need_kind("wireguard");
    ok("ip link add wg0 type wireguard");
    has_text(ip_json("ip -d -j link show wg0"), "0 linkinfo info_kind", "wireguard");
}
END_TEST

Suite *full_suite(void)
{
    Suite *suite = suite_create("full");
    TCase *tcase = tcase_create("full");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_wireguard_links);
    suite_add_tcase(suite, tcase);
    return suite;
}
