/* SPDX-License-Identifier: MIT */
/*
 * Job: links and namespaces that somebody has deleted, renamed or moved.
 */
#include "mend.h"

/* Links */

START_TEST (test_veth_deleted_by_its_first_end) {
    drift(.by = "ip -n left link delete eth0", .at = LINK_EARLY, .sign = '+', .what = {"eth0"},
          .remade = "left:eth0 right:eth0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_veth_deleted_by_its_second_end) {
    drift(.by = "ip -n right link delete eth0", .at = LINK_EARLY, .sign = '+', .what = {"eth0"},
          .remade = "left:eth0 right:eth0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_port_deleted) {
    drift(.by = "ip -n switch link delete p0", .at = LINK_PORT, .sign = '+', .what = {"p0"},
          .remade = "left:eth1 switch:p0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_made_port_deleted) {
    drift(.by = "ip -n right link delete eth1", .at = LINK_MADE, .sign = '+',
          .remade = "right:eth1 switch:right-eth1", .flags = DUMP_ANEW);
}
END_TEST

START_TEST (test_bridge_deleted) {
    drift(.by = "ip -n switch link delete br0", .at = "      br0:\n", .sign = '+', .what = {"br0"},
          .remade = "switch:br0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_all_links_deleted) {
    drift(.by = "ip -n left link delete eth0; ip -n left link delete eth1;"
                "ip -n switch link delete right-eth1; ip -n switch link delete br0;"
                "ip -n switch link delete br1",
          .at = "      br1: {", .sign = '+', .what = {"br1"},
          .remade = "left:eth0 right:eth0 left:eth1 switch:p0 right:eth1 switch:right-eth1 "
                    "switch:br0 switch:br1",
          .flags = DUMP_ANEW);
}
END_TEST

START_TEST (test_interface_renamed) {
    drift(.by = "ip -n left link set eth1 down; ip -n left link set eth1 name lost",
          .what = {"eth1"}, .remade = "left:eth1 switch:p0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_interface_moved_to_another_namespace) {
    drift(.by = "ip -n left link set eth1 netns right name lost", .what = {"eth1"},
          .remade = "left:eth1 switch:p0", .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_interface_moved_to_the_host) {
    drift(.by = "ip -n left link set eth1 netns $$", .what = {"eth1"},
          .remade = "left:eth1 switch:p0", .flags = DUMP_NO_INDEX);
}
END_TEST

/* Namespaces */

#define UNTIL_GONE(ns, device)                                                                     \
    "for i in $(seq 500); do ip -n " ns " link show " device " >/dev/null 2>&1 || exit 0; "        \
    "sleep 0.01; done; exit 1"

#define OF_LEFT "left left:lo left:eth0 right:eth0 left:eth1 switch:p0"

START_TEST (test_namespace_deleted) {
    drift(.by = "ip netns delete left; " UNTIL_GONE("right", "eth0"), .at = "  left:\n",
          .sign = '+', .what = {"namespace left"}, .remade = OF_LEFT, .flags = DUMP_NO_INDEX);
}
END_TEST

/* The kernel takes it apart later: its ends of links are there for a while. */
START_TEST (test_namespace_deleted_a_moment_ago) {
    for (int i = 0; i < 3; i++)
        drift(.by = "ip netns delete left", .at = "  left:\n", .sign = '+',
              .what = {"namespace left"}, .remade = OF_LEFT, .flags = DUMP_NO_INDEX);
}
END_TEST

START_TEST (test_namespace_of_a_bridge_deleted) {
    drift(.by = "ip netns delete switch; " UNTIL_GONE("left", "eth1"), .at = "  switch:\n",
          .sign = '+', .what = {"namespace switch"},
          .remade = "switch switch:lo switch:br0 switch:br1 switch:p0 left:eth1 right:eth1 "
                    "switch:right-eth1",
          .flags = DUMP_ANEW);
}
END_TEST

START_TEST (test_all_namespaces_deleted) {
    drift(.by = "for ns in left right switch; do ip netns delete $ns; done", .at = "  right:\n",
          .sign = '+', .what = {"namespace right"},
          .remade = OF_LEFT " right right:lo right:eth1 switch switch:lo switch:br0 switch:br1 "
                            "switch:right-eth1",
          .flags = DUMP_ANEW);
}
END_TEST

/* The namespace lives on, and is to be found again. */
START_TEST (test_name_of_a_namespace_deleted) {
    drift(.by = "rm /run/netns/left", .at = "  left:\n", .what = {"namespace left"});
}
END_TEST

START_TEST (test_all_names_deleted) {
    drift(.by = "rm /run/netns/*", .at = "  switch:\n", .what = {"namespace switch"});
}
END_TEST

START_TEST (test_directory_of_names_deleted) {
    drift(.by = "rm -r /run/netns", .at = "  right:\n", .what = {"namespace right"});
}
END_TEST

Suite *drift_links_suite(void)
{
    Suite *suite = suite_create("drift-links");
    TCase *tcase = tcase_create("drift-links");

    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, test_veth_deleted_by_its_first_end);
    tcase_add_test(tcase, test_veth_deleted_by_its_second_end);
    tcase_add_test(tcase, test_port_deleted);
    tcase_add_test(tcase, test_made_port_deleted);
    tcase_add_test(tcase, test_bridge_deleted);
    tcase_add_test(tcase, test_all_links_deleted);
    tcase_add_test(tcase, test_interface_renamed);
    tcase_add_test(tcase, test_interface_moved_to_another_namespace);
    tcase_add_test(tcase, test_interface_moved_to_the_host);
    tcase_add_test(tcase, test_namespace_deleted);
    tcase_add_test(tcase, test_namespace_deleted_a_moment_ago);
    tcase_add_test(tcase, test_namespace_of_a_bridge_deleted);
    tcase_add_test(tcase, test_all_namespaces_deleted);
    tcase_add_test(tcase, test_name_of_a_namespace_deleted);
    tcase_add_test(tcase, test_all_names_deleted);
    tcase_add_test(tcase, test_directory_of_names_deleted);
    suite_add_tcase(suite, tcase);
    return suite;
}
